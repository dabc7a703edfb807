// SPDX-License-Identifier: Apache-2.0

/// Console input by lines.
public struct LineReader {
  private let console: GuestConsole
  private var pending: [UInt8] = []

  /// Lines longer than this are cut.
  public static var limit: Int { 4096 }

  /// Reads lines from a console, which nobody else reads then.
  public init(_ console: GuestConsole) { self.console = console }

  /// The next line without its end; nil when none was completed in time.
  ///
  /// A line ends with a line feed, or with a carriage return as terminals send it.
  public mutating func next(withinMilliseconds limit: UInt64) -> [UInt8]? {
    while true {
      if let end = pending.firstIndex(where: { $0 == 10 || $0 == 13 }) {
        defer { pending.removeSubrange(...end) }
        return Array(pending[..<end])
      }
      if pending.count >= Self.limit {
        defer { pending = [] }
        return pending
      }
      let bytes = console.read(withinMilliseconds: limit)
      guard !bytes.isEmpty else { return nil }
      pending.append(contentsOf: bytes)
    }
  }
}
