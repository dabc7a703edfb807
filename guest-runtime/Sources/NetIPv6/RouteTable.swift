// SPDX-License-Identifier: Apache-2.0

import NetWire
import XenFrontends

/// What routers have said of the link, or whoever wrote the host's settings: which addresses are on it, who forwards
/// what is for others, and who knows names. Sources: RFC 4861, section 6.3.4, and RFC 8106, section 5.3.
///
/// All of it is bounded: what comes when there is no room is not taken, except name servers, of which the one goes that
/// would go first.
struct RouteTable {
  static var routerLimit: Int { 4 }
  static var prefixLimit: Int { 8 }
  static var serverLimit: Int { 3 }

  private struct Entry<Value> {
    let value: Value
    /// Until when it counts; the end of time for ever.
    var end: SystemTime
  }

  private var routers: [Entry<IPv6Address>] = []
  private var prefixes: [Entry<IPv6Prefix>] = []
  private var servers: [Entry<IPv6Address>] = []

  var routerAddresses: [IPv6Address] { routers.map { $0.value } }
  var serverAddresses: [IPv6Address] { servers.map { $0.value } }
  var prefixCount: Int { prefixes.count }

  /// Takes a router that forwards for so many seconds; 0 for no longer.
  mutating func takeRouter(_ address: IPv6Address, seconds: UInt32, now: SystemTime) {
    Self.take(&routers, address, seconds, Self.routerLimit, now)
  }

  /// Takes a network whose addresses are on the link for so many seconds.
  mutating func takeOnLink(_ prefix: IPv6Prefix, seconds: UInt32, now: SystemTime) {
    // That one always is.
    guard !prefix.address.isLinkLocal else { return }
    Self.take(&prefixes, prefix.network, seconds, Self.prefixLimit, now)
  }

  /// Takes a server of names that may be asked for so many seconds.
  mutating func takeServer(_ address: IPv6Address, seconds: UInt32, now: SystemTime) {
    if servers.count == Self.serverLimit, seconds > 0,
      !servers.contains(where: { $0.value == address }),
      let first = servers.indices.min(by: { servers[$0].end < servers[$1].end }),
      servers[first].end < now.advanced(bySeconds: seconds)
    {
      servers.remove(at: first)
    }
    Self.take(&servers, address, seconds, Self.serverLimit, now)
  }

  private static func take<Value: Equatable>(
    _ entries: inout [Entry<Value>], _ value: Value, _ seconds: UInt32, _ limit: Int,
    _ now: SystemTime
  ) {
    let end = now.advanced(bySeconds: seconds)
    if let place = entries.firstIndex(where: { $0.value == value }) {
      if seconds == 0 { entries.remove(at: place) } else { entries[place].end = end }
    } else if seconds > 0, entries.count < limit {
      entries.append(Entry(value: value, end: end))
    }
  }

  /// Who is to get a packet for an address first; nil if there is no way.
  func nextHop(to destination: IPv6Address) -> IPv6Address? {
    if destination.isMulticast || destination.isLinkLocal
      || prefixes.contains(where: { $0.value.contains(destination) })
    {
      return destination
    }
    return routers.first?.value
  }

  /// Hears that a station does not answer: another router is tried first. Source: RFC 4861, section 6.3.6.
  mutating func hearOfSilence(from address: IPv6Address) {
    guard let place = routers.firstIndex(where: { $0.value == address }) else { return }
    routers.append(routers.remove(at: place))
  }

  /// When `advance` has something to do.
  var deadline: SystemTime? {
    var first = SystemTime(rawValue: .max)
    for entry in routers { first = min(first, entry.end) }
    for entry in prefixes { first = min(first, entry.end) }
    for entry in servers { first = min(first, entry.end) }
    return first.rawValue < .max ? first : nil
  }

  /// Forgets what counts no longer.
  ///
  /// - Returns: whether something did.
  mutating func advance(now: SystemTime) -> Bool {
    guard let deadline, now >= deadline else { return false }
    func isOver(_ end: SystemTime) -> Bool { now >= end && end.rawValue < .max }
    routers.removeAll { isOver($0.end) }
    prefixes.removeAll { isOver($0.end) }
    servers.removeAll { isOver($0.end) }
    return true
  }

  /// Forgets all.
  mutating func removeAll() { self = RouteTable() }
}
