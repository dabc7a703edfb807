// SPDX-License-Identifier: Apache-2.0

import NetWire

/// The header of a segment. Source: RFC 9293, section 3.1.
struct TCPSegment {
  /// Bytes of a header without options.
  static var headerSize: Int { 20 }

  var sourcePort: UInt16
  var destinationPort: UInt16
  var sequence: SequenceNumber
  var acknowledgment = SequenceNumber(0)
  var flags: TCPFlags
  var window: UInt16 = 0
  var urgentPointer: UInt16 = 0
  var options = TCPOptions()
  /// Bytes of the header, 20 to 60, as they were read.
  private(set) var headerCount = Self.headerSize
  var payloadCount = 0

  init(
    from sourcePort: UInt16, to destinationPort: UInt16, _ flags: TCPFlags,
    sequence: SequenceNumber
  ) {
    self.sourcePort = sourcePort
    self.destinationPort = destinationPort
    self.flags = flags
    self.sequence = sequence
  }

  /// The header of a segment.
  ///
  /// - Returns: nil if it is cut, its lengths lie, or its options are none.
  init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= Self.headerSize else { return nil }
    headerCount = Int(bytes.byte(12) >> 4) * 4
    guard headerCount >= Self.headerSize, headerCount <= bytes.byteCount,
      let options = TCPOptions(bytes.extracting(Self.headerSize..<headerCount))
    else { return nil }
    self.options = options
    payloadCount = bytes.byteCount - headerCount
    sourcePort = bytes.big16(0)
    destinationPort = bytes.big16(2)
    sequence = SequenceNumber(bytes.big32(4))
    acknowledgment = SequenceNumber(bytes.big32(8))
    flags = TCPFlags(rawValue: bytes.byte(13) & 0x3F)
    window = bytes.big16(14)
    urgentPointer = bytes.big16(18)
  }

  /// How many sequence numbers it takes.
  var length: Int {
    payloadCount + (flags.contains(.syn) ? 1 : 0) + (flags.contains(.fin) ? 1 : 0)
  }

  /// The number after its last one.
  var end: SequenceNumber { sequence + length }

  /// Writes it, with a checksum of 0.
  func append(to header: inout TCPHeaderBytes) {
    header.append(sourcePort)
    header.append(destinationPort)
    header.append(sequence.rawValue)
    header.append(acknowledgment.rawValue)
    header.append(UInt8((Self.headerSize + options.count) / 4) << 4, flags.rawValue)
    header.append(window)
    header.append(UInt16(0))
    header.append(urgentPointer)
    options.append(to: &header)
  }
}

/// The flags of a segment; those of ECN are not known here.
struct TCPFlags: OptionSet {
  let rawValue: UInt8

  init(rawValue: UInt8) { self.rawValue = rawValue }

  static var fin: Self { Self(rawValue: 1) }
  static var syn: Self { Self(rawValue: 2) }
  static var rst: Self { Self(rawValue: 4) }
  static var psh: Self { Self(rawValue: 8) }
  static var ack: Self { Self(rawValue: 16) }
  static var urg: Self { Self(rawValue: 32) }
}

/// The bytes of a header that is being written: at most 60, in place.
struct TCPHeaderBytes {
  private(set) var bytes = InlineArray<60, UInt8>(repeating: 0)
  private(set) var count = 0

  mutating func append(_ first: UInt8, _ second: UInt8) {
    bytes[count] = first
    bytes[count + 1] = second
    count += 2
  }

  mutating func append(_ number: UInt16) {
    append(UInt8(number >> 8), UInt8(truncatingIfNeeded: number))
  }

  mutating func append(_ number: UInt32) {
    append(UInt16(number >> 16))
    append(UInt16(truncatingIfNeeded: number))
  }

  mutating func setChecksum(_ checksum: UInt16) {
    bytes[16] = UInt8(checksum >> 8)
    bytes[17] = UInt8(truncatingIfNeeded: checksum)
  }
}
