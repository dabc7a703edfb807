// SPDX-License-Identifier: Apache-2.0

/// The checksum of IPv4, ICMP, UDP and TCP: the sum of 16-bit words in ones' complement. Source: RFC 1071.
public struct InternetChecksum {
  private var total: UInt64 = 0

  public init() {}

  /// The sum of the pseudo-header that UDP and TCP count in. Source: RFC 9293, section 3.1, and RFC 8200,
  /// section 8.1.
  ///
  /// - Parameters:
  ///   - source: whose packet it is.
  ///   - destination: for whom; of the same version.
  ///   - protocolNumber: 6 for TCP, 17 for UDP.
  ///   - count: bytes of header and payload.
  public init(
    from source: IPAddress, to destination: IPAddress, protocolNumber: UInt8, count: Int
  ) {
    add(source)
    add(destination)
    total += UInt64(protocolNumber) + UInt64(count)
  }

  private mutating func add(_ address: IPAddress) {
    switch address {
    case .v4(let address): add(UInt64(address.rawValue))
    case .v6(let address):
      add(address.high)
      add(address.low)
    }
  }

  private mutating func add(_ words: UInt64) {
    total += words >> 48 & 0xFFFF
    total += words >> 32 & 0xFFFF
    total += words >> 16 & 0xFFFF
    total += words & 0xFFFF
  }

  /// Adds bytes, which begin at an even place of what is summed. An odd one at the end counts as if a zero
  /// followed: only the last part may have one.
  public mutating func add(_ bytes: RawSpan) {
    var offset = 0
    // Words in the machine's order, two at a time: the sum of swapped words is the swapped sum.
    var sum: UInt64 = 0
    while offset + 4 <= bytes.byteCount {
      let words = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
      sum += UInt64(words)
      offset += 4
    }
    sum = (sum & 0xFFFF_FFFF) + (sum >> 32)
    sum = (sum & 0xFFFF_FFFF) + (sum >> 32)
    total += UInt64(Self.folded(sum).byteSwapped)
    if offset + 2 <= bytes.byteCount {
      total += UInt64(bytes.big16(offset))
      offset += 2
    }
    if offset < bytes.byteCount { total += UInt64(bytes.byte(offset)) << 8 }
  }

  /// Adds a number of two bytes at an even place.
  public mutating func add(word: UInt16) { total += UInt64(word) }

  /// Adds bytes; as with a span of them.
  public mutating func add(_ bytes: [UInt8]) {
    // SAFETY: bytes have no padding.
    add(unsafe bytes.span.bytes)
  }

  /// The sum, as a packet has it whose checksum somebody else completes.
  public var sum: UInt16 { Self.folded(total) }

  /// The checksum, as it stands in a packet; 0 for bytes that have their checksum among them, and it is right.
  public var value: UInt16 { ~sum }

  private static func folded(_ number: UInt64) -> UInt16 {
    var number = number
    while number > 0xFFFF { number = (number & 0xFFFF) + (number >> 16) }
    return UInt16(number)
  }
}
