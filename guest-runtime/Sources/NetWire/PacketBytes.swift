// SPDX-License-Identifier: Apache-2.0

/// Numbers in packets have their highest byte first. Offsets beyond the end trap: what is read is checked before.
extension RawSpan {
  /// The byte at an offset.
  public func byte(_ offset: Int) -> UInt8 {
    unsafeLoadByte(offset)
  }

  /// The two bytes at an offset as a number.
  public func big16(_ offset: Int) -> UInt16 {
    UInt16(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  /// The four bytes at an offset as a number.
  public func big32(_ offset: Int) -> UInt32 {
    UInt32(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// The six bytes at an offset as an address.
  public func ethernetAddress(_ offset: Int) -> EthernetAddress {
    EthernetAddress(rawValue: UInt64(big16(offset)) << 32 | UInt64(big32(offset + 2)))
  }

  /// The four bytes at an offset as an address.
  public func ipv4Address(_ offset: Int) -> IPv4Address { IPv4Address(rawValue: big32(offset)) }

  /// The eight bytes at an offset as a number.
  func big64(_ offset: Int) -> UInt64 {
    UInt64(big32(offset)) << 32 | UInt64(big32(offset + 4))
  }

  /// The sixteen bytes at an offset as an address.
  public func ipv6Address(_ offset: Int) -> IPv6Address {
    IPv6Address(high: big64(offset), low: big64(offset + 8))
  }

  /// A copy of a range of the bytes.
  public func array(_ range: Range<Int>) -> [UInt8] {
    let part = extracting(range)
    return unsafe part.withUnsafeBytes { unsafe [UInt8]($0) }
  }

  // SAFETY: any byte is a UInt8; the offset is checked.
  private func unsafeLoadByte(_ offset: Int) -> UInt8 {
    unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }
}

/// Bytes of a packet that is being written.
public struct PacketWriter {
  public var bytes: [UInt8]

  /// Nothing yet, with room for some bytes.
  public init(capacity: Int = 64) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  public mutating func append(_ byte: UInt8) { bytes.append(byte) }

  public mutating func append(_ more: [UInt8]) { bytes += more }

  public mutating func append(_ address: EthernetAddress) {
    appendBig16(UInt16(address.rawValue >> 32))
    appendBig32(UInt32(truncatingIfNeeded: address.rawValue))
  }

  public mutating func append(_ address: IPv4Address) { appendBig32(address.rawValue) }

  public mutating func append(_ address: IPv6Address) {
    for half in [address.high, address.low] {
      appendBig32(UInt32(half >> 32))
      appendBig32(UInt32(truncatingIfNeeded: half))
    }
  }

  public mutating func appendBig16(_ number: UInt16) {
    bytes.append(UInt8(number >> 8))
    bytes.append(UInt8(truncatingIfNeeded: number))
  }

  public mutating func appendBig32(_ number: UInt32) {
    appendBig16(UInt16(number >> 16))
    appendBig16(UInt16(truncatingIfNeeded: number))
  }

  /// Appends zeros.
  public mutating func appendZeros(_ count: Int) {
    for _ in 0..<count { bytes.append(0) }
  }

  /// Replaces two bytes.
  public mutating func setBig16(_ number: UInt16, at offset: Int) {
    bytes[offset] = UInt8(number >> 8)
    bytes[offset + 1] = UInt8(truncatingIfNeeded: number)
  }

  /// Adds what was written since a place to a checksum.
  func add(from start: Int, to checksum: inout InternetChecksum) {
    // SAFETY: bytes have no padding.
    checksum.add(unsafe bytes.span.bytes.extracting(start..<bytes.count))
  }
}
