// SPDX-License-Identifier: Apache-2.0

import XenFrontends

/// The guest's primary console, which `pvh run` and `xl console` show.
///
/// Printing never hangs: it waits 3 s at most for the room of a ring-full, 2 KiB; then output is dropped
/// and counted, without further waits until the daemon reads again.
public struct GuestConsole: Sendable {
  /// Prints text.
  public func print(_ text: GuestText) {
    unsafe text.withUnsafeBytes { unsafe write($0) }
  }

  /// Prints bytes as they are.
  public func write(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe write($0) }
  }

  /// Prints what the domain builder handed to the guest: a command line, a module.
  public func write(_ bytes: BootBytes) {
    unsafe bytes.withUnsafeBytes { unsafe write($0) }
  }

  /// Prints bytes as they are.
  public func write(_ bytes: UnsafeRawBufferPointer) {
    unsafe Machine.console?.write(bytes)
  }

  /// The next bytes that were typed, 1024 at most; waits for some if there are none, empty when the
  /// time is up or the daemon broke the protocol.
  public func read(withinMilliseconds limit: UInt64) -> [UInt8] {
    unsafe Machine.console?.read(atMost: 1024, milliseconds: limit) ?? []
  }

  /// The next byte that was typed; waits for one if there is none, nil when the time is up or the
  /// daemon broke the protocol.
  public func readByte(withinMilliseconds limit: UInt64) -> UInt8? {
    unsafe Machine.console?.readByte(milliseconds: limit)
  }

  /// Whether a carriage return goes before each line feed that is printed, for a terminal in raw
  /// mode; `xl console` and `pvh run` need none.
  public var addsCarriageReturns: Bool {
    get { unsafe Machine.console?.addsCarriageReturns ?? false }
    nonmutating set { unsafe Machine.console?.addsCarriageReturns = newValue }
  }

  /// Why nothing is printed or read any more, because the daemon broke the protocol; nil as long as it
  /// has not. It stays so.
  public var failure: GuestText? {
    unsafe Machine.console?.failure == nil ? nil : "the ring's indices are impossible"
  }

  /// How many bytes were printed and could not be delivered; 0 in a domain without a console.
  public var droppedBytes: UInt64 { unsafe Machine.console?.droppedBytes ?? 0 }
}

/// Console input by lines.
public struct LineReader {
  private let console: GuestConsole
  private var lines = LineAssembler()

  /// Lines longer than this, in bytes, are cut.
  public static var limit: Int { LineAssembler.limit }

  /// Reads lines from a console, which nothing else may read then.
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

/// Where Swift's own `print` and failure messages go: the console, a line at a time.
package enum StandardOutput {
  nonisolated(unsafe) private static var line = [128 of UInt8](repeating: 0)
  nonisolated(unsafe) private static var count = 0

  /// Adds a byte; a newline or a full line is printed.
  static func write(_ byte: UInt8) {
    unsafe line[count] = byte
    unsafe count += 1
    if byte == 10 { flush() } else if unsafe count == line.count { flush() }
  }

  /// Prints the bytes so far.
  package static func flush() {
    let used = unsafe count
    unsafe count = 0
    unsafe withUnsafeBytes(of: &line) {
      unsafe GuestConsole().write(UnsafeRawBufferPointer(rebasing: $0[..<used]))
    }
  }
}

#if hasFeature(Embedded)  // The host has its own.
  @c(putchar)
  func putchar(_ character: Int32) -> Int32 {
    StandardOutput.write(UInt8(truncatingIfNeeded: character))
    return character
  }
#endif
