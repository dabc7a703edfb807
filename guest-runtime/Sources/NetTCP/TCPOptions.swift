// SPDX-License-Identifier: Apache-2.0

import NetWire

/// The options of a segment that this module knows. Source: RFC 9293, section 3.2; RFC 7323; RFC 2018.
struct TCPOptions {
  /// The largest payload that the sender takes, without options (RFC 6691).
  var maximumSegment: UInt16?
  /// By how many bits the sender shifts its windows, at most 14.
  var windowShift: UInt8?
  var permitsSACK = false
  var timestamp: TCPTimestamp?
  /// What arrived beyond the acknowledgment; the first `blockCount` count.
  var blocks = InlineArray<4, SequenceRange>(repeating: .empty)
  var blockCount = 0

  init() {}

  /// Reads the options of a header; nil if an option has the length 0 or 1, or goes beyond the header. One of a known
  /// kind with another length than it has is skipped.
  ///
  /// - Parameter bytes: what follows the first 20 bytes of the header.
  init?(_ bytes: RawSpan) {
    var offset = 0
    while offset < bytes.byteCount {
      let kind = bytes.byte(offset)
      if kind == TCPOptionKind.end { return }
      if kind == TCPOptionKind.padding {
        offset += 1
        continue
      }
      guard offset + 1 < bytes.byteCount else { return nil }
      let count = Int(bytes.byte(offset + 1))
      guard count >= 2, offset + count <= bytes.byteCount else { return nil }
      take(kind, bytes.extracting((offset + 2)..<(offset + count)))
      offset += count
    }
  }

  private mutating func take(_ kind: UInt8, _ value: RawSpan) {
    switch (kind, value.byteCount) {
    case (TCPOptionKind.maximumSegment, 2): maximumSegment = value.big16(0)
    // A larger shift counts as 14: RFC 7323, section 2.3.
    case (TCPOptionKind.windowShift, 1): windowShift = min(14, value.byte(0))
    case (TCPOptionKind.permitsSACK, 0): permitsSACK = true
    case (TCPOptionKind.timestamp, 8):
      timestamp = TCPTimestamp(value: value.big32(0), echo: value.big32(4))
    case (TCPOptionKind.blocks, 8), (TCPOptionKind.blocks, 16), (TCPOptionKind.blocks, 24),
      (TCPOptionKind.blocks, 32):
      blockCount = value.byteCount / 8
      for place in 0..<blockCount {
        blocks[place] = SequenceRange(
          SequenceNumber(value.big32(place * 8)), SequenceNumber(value.big32(place * 8 + 4)))
      }
    default: break
    }
  }

  mutating func append(_ block: SequenceRange) {
    guard blockCount < 4 else { return }
    blocks[blockCount] = block
    blockCount += 1
  }

  /// Bytes that they take in a header, with padding; at most 40.
  var count: Int {
    var count = (maximumSegment == nil ? 0 : 4) + (windowShift == nil ? 0 : 4)
    if timestamp != nil { count += 12 } else if permitsSACK { count += 4 }
    return blockCount == 0 ? count : count + 4 + blockCount * 8
  }

  /// Writes them, each at a multiple of four bytes.
  func append(to header: inout TCPHeaderBytes) {
    if let maximumSegment {
      header.append(TCPOptionKind.maximumSegment, 4)
      header.append(maximumSegment)
    }
    if permitsSACK {
      header.append(TCPOptionKind.permitsSACK, 2)
    }
    if permitsSACK != (timestamp != nil) {
      header.append(TCPOptionKind.padding, TCPOptionKind.padding)
    }
    if let timestamp {
      header.append(TCPOptionKind.timestamp, 10)
      header.append(timestamp.value)
      header.append(timestamp.echo)
    }
    if let windowShift {
      header.append(TCPOptionKind.padding, TCPOptionKind.windowShift)
      header.append(3, windowShift)
    }
    if blockCount > 0 {
      header.append(TCPOptionKind.padding, TCPOptionKind.padding)
      header.append(TCPOptionKind.blocks, UInt8(2 + blockCount * 8))
      for place in 0..<blockCount {
        header.append(blocks[place].start.rawValue)
        header.append(blocks[place].end.rawValue)
      }
    }
  }
}

/// The clock of a sender, in milliseconds here, and what it last saw of the receiver's.
struct TCPTimestamp: Equatable {
  var value: UInt32
  var echo: UInt32
}

private enum TCPOptionKind {
  static var end: UInt8 { 0 }
  static var padding: UInt8 { 1 }
  static var maximumSegment: UInt8 { 2 }
  static var windowShift: UInt8 { 3 }
  static var permitsSACK: UInt8 { 4 }
  static var blocks: UInt8 { 5 }
  static var timestamp: UInt8 { 8 }
}
