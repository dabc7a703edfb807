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

/// What a guest writes to port 0xE9, which Xen would put into its log: shown line by line.
struct DebugPortLines {
  private var line: [UInt8] = []
  /// Whether the guest gave up because there is no Xen, as guests of PVHKit do.
  private(set) var saysThatXenIsMissing = false

  /// More than this without a line's end is shown as if it had ended.
  private static let limit = 4096

  /// Takes what came next.
  mutating func add(_ bytes: [UInt8]) {
    for byte in bytes {
      if byte != UInt8(ascii: "\n") { line.append(byte) }
      if byte == UInt8(ascii: "\n") || line.count == Self.limit { show() }
    }
  }

  /// Shows a line that has not ended.
  mutating func finish() { if !line.isEmpty { show() } }

  private mutating func show() {
    let text = String(decoding: line, as: UTF8.self).printable
    line = []
    if text.contains("this guest needs Xen") { saysThatXenIsMissing = true }
    if !text.isEmpty { Terminal.complain("port 0xE9: \(text)") }
  }
}
