// SPDX-License-Identifier: Apache-2.0

/// Cuts a stream of bytes into frames; knows nothing of where the bytes come from.
public struct FrameReader: Sendable {
  private var buffer: [UInt8] = []
  /// Everything before this index has been handed out.
  private var start = 0

  /// A reader at the start of a stream.
  public init() {}

  /// Whether part of a frame has arrived.
  public var isInFrame: Bool { start < buffer.count }

  /// Takes bytes as they arrived, cut anywhere.
  public mutating func append(_ bytes: some Sequence<UInt8>) {
    if start == buffer.count {
      buffer.removeAll(keepingCapacity: true)
      start = 0
    } else if start > 1 << 20 {
      buffer.removeFirst(start)
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  /// The next complete frame, or nil when more bytes are needed.
  public mutating func next() throws(FrameError) -> Frame? {
    let head = buffer[start...]
    guard head.count >= Frame.headSize else { return nil }
    let channel = UInt32(bytes: head[start..<start + 4])
    let count = Int(UInt32(bytes: head[start + 4..<start + 8]))
    guard count <= Frame.payloadLimit else { throw .tooLarge(count: count) }
    let payload = start + Frame.headSize
    guard buffer.count - payload >= count else { return nil }
    let kind = buffer[start + 8]
    start = payload + count
    return try Frame(channel: channel, kind: kind, payload: buffer[payload..<start])
  }
}
