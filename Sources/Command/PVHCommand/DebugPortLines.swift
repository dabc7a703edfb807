// SPDX-License-Identifier: Apache-2.0

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
