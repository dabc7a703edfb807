// SPDX-License-Identifier: Apache-2.0

/// What Xen writes to its console.
struct XenLog {
  let text: String

  /// The guest's own lines (port 0xE9), and Xen's register dump when it died of a triple fault.
  func lines(about domain: Int) -> [String] {
    var result: [String] = []
    var isInDump = false
    for line in text.split(separator: "\n").map(String.init) {
      if line.contains("d\(domain)v") && line.contains("Triple fault") { isInDump = true }
      let isXens = line.contains("(XEN)")
      if line.contains("(d\(domain)) ") || (isInDump && isXens) { result.append(line) }
      if isInDump && isXens && line.contains("cs: ") { isInDump = false }
    }
    return result
  }
}
