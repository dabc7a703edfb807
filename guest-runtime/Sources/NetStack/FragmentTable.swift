// SPDX-License-Identifier: Apache-2.0

package import NetWire
package import XenFrontends

/// Parts of datagrams that came one by one, until they are whole. Source: RFC 791, section 3.2, and RFC 1858.
///
/// Memory is bounded: the oldest datagram makes room. Parts that overlap are nobody's mistake: such a datagram is
/// dropped, as RFC 5722 has it for IPv6.
package struct FragmentTable<Header: FragmentHeader> {
  /// Datagrams at a time.
  package static var limit: Int { 4 }
  /// How long the rest of one is waited for, in milliseconds.
  package static var patience: UInt64 { 15_000 }
  /// Parts of one datagram: links of 1500 bytes need 45 for the largest, and each costs memory beside its bytes.
  package static var partLimit: Int { 128 }
  private struct Datagram {
    var header: Header
    let deadline: SystemTime
    /// The parts, in their order.
    var parts: [(offset: Int, bytes: [UInt8])] = []
    /// Bytes in all, once the last part is there.
    var count: Int?
    var held = 0
  }

  private var datagrams: [Datagram] = []
  /// Datagrams that never became whole.
  package private(set) var drops = 0

  package init() {}

  /// When the oldest datagram is given up.
  package var deadline: SystemTime? { datagrams.first?.deadline }

  /// Takes a part.
  ///
  /// - Returns: The datagram's header and payload, if it is whole now.
  package mutating func add(
    _ header: Header, _ payload: RawSpan, now: SystemTime
  ) -> (Header, [UInt8])? {
    advance(now: now)
    let end = header.fragmentOffset + header.payloadCount
    let place =
      datagrams.firstIndex { $0.header.belongs(with: header) } ?? begin(header, now)
    let isWrong =
      end > Header.datagramLimit || header.payloadCount == 0
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
  package mutating func advance(now: SystemTime) {
    while let first = datagrams.first, now >= first.deadline {
      datagrams.removeFirst()
      drops += 1
    }
  }

  private mutating func begin(_ header: Header, _ now: SystemTime) -> Int {
    if datagrams.count == Self.limit {
      datagrams.removeFirst()
      drops += 1
    }
    datagrams.append(
      Datagram(header: header, deadline: now.advanced(byMilliseconds: Self.patience)))
    return datagrams.count - 1
  }

  /// Puts a part in its place; false if it contradicts another one.
  private mutating func insert(_ header: Header, _ payload: RawSpan, at place: Int) -> Bool {
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
    // The first part says what the datagram carries.
    if start == 0 { datagrams[place].header = header }
    datagrams[place].parts.insert((start, payload.array(0..<header.payloadCount)), at: next)
    datagrams[place].held += header.payloadCount
    return true
  }
}

/// The header of a packet that may be a part of a datagram.
package protocol FragmentHeader {
  /// Bytes of one datagram's payload at most.
  static var datagramLimit: Int { get }
  /// Bytes of payload.
  var payloadCount: Int { get set }
  /// Whether more of the same datagram follows.
  var hasMoreFragments: Bool { get set }
  /// Where in the datagram the payload belongs, in bytes.
  var fragmentOffset: Int { get set }

  /// Whether both are of one datagram.
  func belongs(with other: Self) -> Bool
}

extension IPv4Header: FragmentHeader {
  package static var datagramLimit: Int { 65_515 }

  package func belongs(with other: IPv4Header) -> Bool {
    identification == other.identification && source == other.source
      && destination == other.destination && protocolNumber == other.protocolNumber
  }
}
