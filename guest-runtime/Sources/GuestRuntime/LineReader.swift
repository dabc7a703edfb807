// SPDX-License-Identifier: Apache-2.0

import XenFrontends

/// Console input by lines.
public struct LineReader {
  private let console: GuestConsole
  private var lines = LineAssembler()

  /// Lines longer than this, in bytes, are cut.
  public static var limit: Int { LineAssembler.limit }

  /// Reads lines from a console, which nobody else reads then.
  public init(_ console: GuestConsole) { self.console = console }

  /// The next line. What was typed of one that is not complete stays for the next call.
  ///
  /// A line ends with a line feed, with a carriage return as terminals send it, or with both in that
  /// order.
  ///
  /// - Parameter limit: how many milliseconds to wait for the next piece of input.
  /// - Returns: the line without its end; nil when nothing was typed for so long, or the daemon broke
  ///   the protocol.
  public mutating func next(withinMilliseconds limit: UInt64) -> [UInt8]? {
    while true {
      if let line = lines.takeLine() { return line }
      let bytes = console.read(withinMilliseconds: limit)
      guard !bytes.isEmpty else { return nil }
      lines.append(bytes)
    }
  }
}
