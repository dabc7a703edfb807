// SPDX-License-Identifier: Apache-2.0

import HostSystem

/// Cuts a stream of bytes into frames. It does no I/O.
public struct FrameReader: Sendable {
  private var queue = ByteQueue()

  public init() {}

  /// Whether part of a frame has arrived.
  public var isInFrame: Bool { !queue.isEmpty }

  /// Takes bytes as they arrived, cut anywhere.
  public mutating func append(_ bytes: UnsafeRawBufferPointer) { queue.append(bytes) }

  /// Takes bytes as they arrived, cut anywhere.
  public mutating func append(_ bytes: [UInt8]) { queue.append(bytes) }

  /// The next complete frame, or nil when more bytes are needed.
  public mutating func next() throws(FrameError) -> Frame? {
    let head = queue.content.prefix(Frame.headSize)
    guard head.count == Frame.headSize, let kind = head.last else { return nil }
    let channel = UInt32(littleEndianBytes: head.prefix(4))
    let count = Int(UInt32(littleEndianBytes: head.dropFirst(4).prefix(4)))
    guard count <= Frame.payloadLimit else { throw .tooLarge(count: count) }
    guard queue.count >= Frame.headSize + count else { return nil }
    queue.removeFirst(Frame.headSize)
    return try Frame(channel: channel, kind: kind, payload: queue.takeFirst(count)[...])
  }
}
