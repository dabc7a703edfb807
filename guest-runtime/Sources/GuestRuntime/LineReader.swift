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

  /// The next line without its end; nil when none was completed in time.
  ///
  /// A line ends with a line feed, or with a carriage return as terminals send it.
  public mutating func next(withinMilliseconds limit: UInt64) -> [UInt8]? {
    while true {
      if let line = lines.takeLine() { return line }
      let bytes = console.read(withinMilliseconds: limit)
      guard !bytes.isEmpty else { return nil }
      lines.append(bytes)
    }
  }
}
