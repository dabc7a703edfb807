// SPDX-License-Identifier: Apache-2.0

/// Cuts typed bytes into lines.
///
/// A line ends with a line feed, with a carriage return as terminals send it, or with both in that
/// order: `\r\n` is one end.
public struct LineAssembler: Sendable {
  private var pending: [UInt8] = []
  /// How many bytes of `pending` are known not to end a line.
  private var scanned = 0
  private var endedWithReturn = false

  /// Lines longer than this, in bytes, are cut.
  public static var limit: Int { 4096 }

  /// An assembler that has seen nothing.
  public init() {}

  /// Adds what was typed next; take the lines out before adding more.
  public mutating func append(_ bytes: [UInt8]) { pending.append(contentsOf: bytes) }

  /// The next line, without its end; nil as long as it is not complete.
  public mutating func takeLine() -> [UInt8]? {
    if endedWithReturn, let first = pending.first {
      if first == 10 { pending.removeFirst() }
      endedWithReturn = false
    }
    let end = pending[scanned...].firstIndex { $0 == 10 || $0 == 13 }
    guard let end, end <= Self.limit else {
      scanned = end ?? pending.count
      return scanned <= Self.limit ? nil : cut()
    }
    endedWithReturn = pending[end] == 13
    defer { remove(through: end) }
    return Array(pending[..<end])
  }

  /// What has come of a line that is not complete, for an input that ends there.
  public mutating func takeRest() -> [UInt8] {
    defer { (pending, scanned) = ([], 0) }
    return pending
  }

  private mutating func cut() -> [UInt8] {
    defer { remove(through: Self.limit - 1) }
    return Array(pending[..<Self.limit])
  }

  private mutating func remove(through last: Int) {
    pending.removeSubrange(...last)
    scanned = 0
  }
}
