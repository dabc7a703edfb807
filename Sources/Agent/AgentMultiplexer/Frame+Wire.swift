// SPDX-License-Identifier: Apache-2.0

import HostSystem

extension Frame {
  /// Kinds of frames on the wire; those of streams have one number for each.
  private enum Kind: UInt8 {
    case open = 1
    case resize = 2
    case close = 3
    case ended = 4
    case refused = 5
    case data = 16
    case end = 20
    case room = 24
  }

  /// The bytes that go over the wire.
  public var encoded: [UInt8] {
    let (kind, payload): (UInt8, [UInt8]) =
      switch content {
      case .open(let request): (Kind.open.rawValue, request.encoded)
      case .resize(let size): (Kind.resize.rawValue, size.encoded)
      case .close: (Kind.close.rawValue, [])
      case .ended(let ending): (Kind.ended.rawValue, ending.encoded)
      case .refused(let reason): (Kind.refused.rawValue, Array(reason.utf8.prefix(4096)))
      case .data(let stream, let bytes): (Kind.data.rawValue + stream.rawValue, bytes)
      case .end(let stream): (Kind.end.rawValue + stream.rawValue, [])
      case .room(let stream, let count):
        (Kind.room.rawValue + stream.rawValue, UInt32(clamping: count).littleEndianBytes)
      }
    return channel.littleEndianBytes + UInt32(payload.count).littleEndianBytes + [kind] + payload
  }

  /// Reads a frame of which all bytes are there.
  init(channel: UInt32, kind: UInt8, payload: ArraySlice<UInt8>) throws(FrameError) {
    self.channel = channel
    let stream = Stream(rawValue: kind & 3)
    switch (Kind(rawValue: kind < 16 ? kind : kind & ~3), stream) {
    case (.open, _): content = .open(try ProgramRequest(payload))
    case (.resize, _):
      guard let size = TerminalSize(payload) else { throw .malformed(kind: kind) }
      content = .resize(size)
    case (.close, _): content = .close
    case (.ended, _):
      guard let ending = ProgramEnding(payload) else { throw .malformed(kind: kind) }
      content = .ended(ending)
    case (.refused, _): content = .refused(String(decoding: payload, as: UTF8.self))
    case (.data, let stream?): content = .data(stream, Array(payload))
    case (.end, let stream?): content = .end(stream)
    case (.room, let stream?):
      guard payload.count == 4 else { throw .malformed(kind: kind) }
      content = .room(stream, Int(UInt32(littleEndianBytes: payload)))
    default: throw .unknownKind(kind)
    }
  }
}

/// Why a stream of frames cannot be read on.
public enum FrameError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A payload is larger than any that is sent.
  case tooLarge(count: Int)
  /// No frame of this version has this kind.
  case unknownKind(UInt8)
  /// The payload is not what the kind promises.
  case malformed(kind: UInt8)

  public var description: String {
    switch self {
    case .tooLarge(let count):
      "a frame announces \(count) bytes, the limit is \(Frame.payloadLimit)"
    case .unknownKind(let kind): "a frame has the unknown kind \(kind)"
    case .malformed(let kind): "a frame of kind \(kind) has a payload of another form"
    }
  }
}
