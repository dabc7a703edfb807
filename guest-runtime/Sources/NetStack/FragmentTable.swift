// SPDX-License-Identifier: Apache-2.0

import NetWire
import XenFrontends

/// Parts of datagrams that came one by one, until they are whole. Source: RFC 791, section 3.2, and RFC 1858.
///
/// Memory is bounded: the oldest datagram makes room. Parts that overlap are nobody's mistake: such a datagram is
/// dropped, as RFC 5722 has it for IPv6.
struct FragmentTable {
  /// Datagrams at a time.
  static var limit: Int { 4 }
  /// How long the rest of one is waited for, in milliseconds.
  static var patience: UInt64 { 15_000 }
  /// Parts of one datagram: links of 1500 bytes need 45 for the largest, and each costs memory beside its bytes.
  static var partLimit: Int { 128 }
  /// Bytes of one datagram's payload.
  private static var sizeLimit: Int { 65_515 }

  private struct Datagram {
    let header: IPv4Header
    let deadline: SystemTime
    /// The parts, in their order.
    var parts: [(offset: Int, bytes: [UInt8])] = []
    /// Bytes in all, once the last part is there.
    var count: Int?
    var held = 0
  }

  private var datagrams: [Datagram] = []
  /// Datagrams that never became whole.
  private(set) var drops = 0

  /// When the oldest datagram is given up.
  var deadline: SystemTime? { datagrams.first?.deadline }

  /// Takes a part.
  ///
  /// - Returns: The datagram's header and payload, if it is whole now.
  mutating func add(
    _ header: IPv4Header, _ payload: RawSpan, now: SystemTime
  ) -> (IPv4Header, [UInt8])? {
    advance(now: now)
    let end = header.fragmentOffset + header.payloadCount
    let place =
      datagrams.firstIndex { Self.belongTogether($0.header, header) } ?? begin(header, now)
    let isWrong =
      end > Self.sizeLimit || header.payloadCount == 0
      || header.hasMoreFragments && header.payloadCount % 8 != 0
    guard !isWrong, insert(header, payload, at: place) else {
      datagrams.remove(at: place)
      drops += 1
      return nil
    }
    guard let count = datagrams[place].count, datagrams[place].held == count else { return nil }
    let datagram = datagrams.remove(at: place)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    for part in datagram.parts { bytes += part.bytes }
    var whole = datagram.header
    whole.hasMoreFragments = false
    whole.fragmentOffset = 0
    whole.payloadCount = count
    return (whole, bytes)
  }

  /// Gives up what was not completed in time.
  mutating func advance(now: SystemTime) {
    while let first = datagrams.first, now >= first.deadline {
      datagrams.removeFirst()
      drops += 1
    }
  }

  private static func belongTogether(_ one: IPv4Header, _ other: IPv4Header) -> Bool {
    one.identification == other.identification && one.source == other.source
      && one.destination == other.destination && one.protocolNumber == other.protocolNumber
  }

  private mutating func begin(_ header: IPv4Header, _ now: SystemTime) -> Int {
    if datagrams.count == Self.limit {
      datagrams.removeFirst()
      drops += 1
    }
    datagrams.append(
      Datagram(header: header, deadline: now.advanced(byMilliseconds: Self.patience)))
    return datagrams.count - 1
  }

  /// Puts a part in its place; false if it contradicts another one.
  private mutating func insert(_ header: IPv4Header, _ payload: RawSpan, at place: Int) -> Bool {
    let start = header.fragmentOffset
    let end = start + header.payloadCount
    let count = datagrams[place].parts.count
    let next = datagrams[place].parts.firstIndex { $0.offset >= start } ?? count
    if next < count {
      let (offset, bytes) = datagrams[place].parts[next]
      // The link has doubled it.
      if offset == start, bytes.count == header.payloadCount { return true }
      if offset < end { return false }
    }
    if next > 0 {
      let (offset, bytes) = datagrams[place].parts[next - 1]
      if offset + bytes.count > start { return false }
    }
    if !header.hasMoreFragments {
      if let whole = datagrams[place].count, whole != end { return false }
      if next < count { return false }
      datagrams[place].count = end
    } else if let whole = datagrams[place].count, end >= whole {
      return false
    }
    guard count < Self.partLimit else { return false }
    datagrams[place].parts.insert((start, payload.array(0..<header.payloadCount)), at: next)
    datagrams[place].held += header.payloadCount
    return true
  }
}
