// SPDX-License-Identifier: Apache-2.0

/// How much may be under way on one stream, so that a slow reader stops only its own writer.
///
/// Both ends begin with ``StreamWindow/size``. The sender takes from its room what it sends; the
/// receiver gives room back when it has passed bytes on.
public enum StreamWindow {
  /// Bytes that may be under way on one stream.
  public static let size = 128 << 10
}

/// The sender's side of a stream.
public struct SendingWindow: Equatable, Sendable {
  /// Bytes that may be sent now.
  public private(set) var room = StreamWindow.size

  /// A stream on which nothing has been sent.
  public init() {}

  /// Takes room for bytes that are being sent.
  public mutating func take(_ count: Int) { room -= count }

  /// The receiver has room for more.
  public mutating func add(_ count: Int) { room = min(StreamWindow.size, room + count) }
}

/// The receiver's side of a stream.
public struct ReceivingWindow: Equatable, Sendable {
  private var room = StreamWindow.size
  private var passedOn = 0

  /// A stream on which nothing has been received.
  public init() {}

  /// Bytes have arrived; false if they are more than there was room for.
  public mutating func receive(_ count: Int) -> Bool {
    room -= count
    return room >= 0
  }

  /// Bytes have been passed on; returns the room to announce, if it is worth a frame.
  public mutating func passOn(_ count: Int) -> Int? {
    passedOn += count
    guard passedOn >= StreamWindow.size / 4 else { return nil }
    defer { passedOn = 0 }
    room += passedOn
    return passedOn
  }
}
