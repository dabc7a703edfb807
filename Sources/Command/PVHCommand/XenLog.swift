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
      if Self.beginsDump(line) { isInDump = names.contains(domain) }
      // A dump names its domain in the middle, and lines about others may come in between.
      let isOfDump = isInDump && names.isEmpty && line.contains("(XEN)")
      guard isOfDump || names.contains(domain) else { continue }
      result.append(line)
      // The last line of the registers.
      if isOfDump && line.contains("cs: ") { isInDump = false }
    }
    let rest = result.count - Self.limit
    return rest > 0 ? ["(\(rest) lines before)"] + result.suffix(Self.limit) : result
  }

  /// Xen's functions for this: `vcpu_show_execution_state` and `__domain_crash`.
  private static func beginsDump(_ line: String) -> Bool {
    line.contains("*** Dumping Dom") || line.contains(" crashed on cpu#")
  }

  /// The domains that a line names: "d1", "d1v0", "d[1]v0", "Dom1", "domain 1", "domid: 1".
  ///
  /// What a guest prints is about that guest, whatever it says.
  private static func names(in line: String) -> [Int] {
    if let guest = line.prefixMatch(of: #/(?:\(XEN\) ?)?\(d(\d+)\) /#) {
      return Int(guest.1).map { [$0] } ?? []
    }
    return line.matches(of: #/(?i)\bd(?:om(?:ain|id)?[ :=]{0,3})?\[?(\d+)\]?(?:v\d+)?\b/#)
      .compactMap { Int($0.1) }
  }
}
