// SPDX-License-Identifier: Apache-2.0

import XenFrontends

/// The guest's primary console, which `pvh run` and `xl console` show.
///
/// Printing never hangs: when nobody reads, output is dropped and counted.
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

  /// How many bytes were printed and could not be delivered.
  public var droppedBytes: UInt64 { unsafe Machine.console?.droppedBytes ?? 0 }
}
