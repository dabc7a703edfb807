// SPDX-License-Identifier: Apache-2.0

import NetWire
import XenFrontends

/// How large packets to a host may be, as far as routers on the way have said so. Source: RFC 8201.
struct PathTable {
  /// Hosts at most; the one goes that would be forgotten first.
  static var limit: Int { 32 }
  /// After how many milliseconds larger packets are tried again: section 4.
  private static var memory: UInt64 { 600_000 }

  private struct Path {
    let destination: IPv6Address
    let mtu: Int
    let end: SystemTime
  }

  /// In the order of their ends.
  private var paths: [Path] = []

  var count: Int { paths.count }

  /// Hears that a packet was too big for the way; less than each link can, nobody needs to believe.
  ///
  /// - Parameters:
  ///   - destination: whose way it is.
  ///   - mtu: bytes of a packet at most.
  ///   - least: what packets have at most already: only less counts.
  ///   - now: the time.
  mutating func hear(
    of destination: IPv6Address, mtu: Int, lessThan least: Int, now: SystemTime
  ) {
    let mtu = max(mtu, IPv6Header.leastMTU)
    guard mtu < least else { return }
    paths.removeAll { $0.destination == destination }
    if paths.count == Self.limit { paths.removeFirst() }
    let end = now.advanced(byMilliseconds: Self.memory)
    paths.append(Path(destination: destination, mtu: mtu, end: end))
  }

  /// Bytes of a packet to a host at most; nil if nobody has said anything.
  mutating func mtu(to destination: IPv6Address, now: SystemTime) -> Int? {
    paths.removeAll { now >= $0.end }
    return paths.first { $0.destination == destination }?.mtu
  }
}
