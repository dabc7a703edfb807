// SPDX-License-Identifier: Apache-2.0

/// What becomes of a client.
package enum HostileEnd: Sendable {
  /// It fails, says so, and stays so when the peer behaves again.
  case fails
  /// As above, but only when its patience is over: there is nothing that it could see before.
  case timesOut
  /// It works again as soon as the peer behaves.
  case recovers
  /// It may fail or not; it ends.
  case ends
}

/// One way in which a peer is wicked or unlucky, and what becomes of the client.
package struct HostileCase<Peer>: CustomStringConvertible, Sendable {
  package let description: String
  package let end: HostileEnd
  /// What becomes of a client that takes replies only in the order of its requests, and fails for good
  /// when they are not.
  package let strictEnd: HostileEnd
  package let script: @Sendable (Peer) -> Void

  package init(
    _ name: String, _ end: HostileEnd, strictly strictEnd: HostileEnd? = nil,
    _ script: @escaping @Sendable (Peer) -> Void
  ) {
    (description, self.end, self.script) = (name, end, script)
    self.strictEnd = strictEnd ?? end
  }

  /// The same case for a peer that has a `Peer` in it.
  package func within<Outer>(_ path: @escaping @Sendable (Outer) -> Peer) -> HostileCase<Outer> {
    let script = script
    return HostileCase<Outer>(description, end, strictly: strictEnd) { script(path($0)) }
  }
}

/// Numbers that look random and are the same each time.
package struct Noise {
  private var state: UInt64

  package init(seed: Int) { state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 | 1 }

  package mutating func next() -> UInt32 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt32(truncatingIfNeeded: state >> 33) << 1 | UInt32(truncatingIfNeeded: state >> 63)
  }
}
