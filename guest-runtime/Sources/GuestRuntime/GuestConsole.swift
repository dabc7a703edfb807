// SPDX-License-Identifier: Apache-2.0

import XenFrontends

/// The guest's primary console, which `pvh run` and `xl console` show.
///
/// Printing never hangs: it waits 3 s at most for the room of a ring-full, 2 KiB; then output is dropped
/// and counted, without further waits until somebody reads again.
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
