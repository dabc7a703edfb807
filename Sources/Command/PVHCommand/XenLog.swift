// SPDX-License-Identifier: Apache-2.0

/// What Xen writes to its console.
struct XenLog {
  let text: String

  /// More lines than this nobody reads; the last ones say how it ended.
  private static let limit = 100

  /// The lines that name a domain, its guest's own (port 0xE9) among them, and the registers that follow
  /// such a line.
  func lines(about domain: Int) -> [String] {
    var result: [String] = []
    var isInDump = false
    for line in text.split(separator: "\n").map(String.init) {
      let names = Self.names(in: line)
      if !names.isEmpty { isInDump = false }
      if names.contains(domain) {
        result.append(line)
        isInDump = line.contains("Triple fault") || line.contains("Dumping")
      } else if isInDump, names.isEmpty, line.contains("(XEN)") {
        result.append(line)
        if line.contains("cs: ") { isInDump = false }
      }
    }
    let rest = result.count - Self.limit
    return rest > 0 ? ["(\(rest) lines before)"] + result.suffix(Self.limit) : result
  }

  /// The domains that a line names: "d1", "d1v0", "d[1]v0", "Dom1", "domain 1".
  private static func names(in line: String) -> [Int] {
    line.matches(of: #/\b[Dd](?:om(?:ain )?)?\[?(\d+)\]?(?:v\d+)?\b/#).compactMap { Int($0.1) }
  }
}
