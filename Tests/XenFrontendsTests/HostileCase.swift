// SPDX-License-Identifier: Apache-2.0

import Testing

/// One way in which a peer is wicked or unlucky, and what becomes of the frontend.
struct HostileCase<Peer>: CustomTestStringConvertible, Sendable {
  /// What becomes of it.
  enum End {
    /// It fails, says so, and stays so when the peer behaves again.
    case fails
    /// It works again as soon as the peer behaves.
    case recovers
    /// It may fail or not; it ends.
    case ends
  }

  let testDescription: String
  let end: End
  let script: @Sendable (Peer) -> Void

  init(_ name: String, _ end: End, _ script: @escaping @Sendable (Peer) -> Void) {
    (testDescription, self.end, self.script) = (name, end, script)
  }
}

/// Numbers that look random and are the same each time.
struct Noise {
  private var state: UInt64

  init(seed: Int) { state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 | 1 }

  /// The next number.
  mutating func next() -> UInt32 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt32(truncatingIfNeeded: state >> 33) << 1 | UInt32(truncatingIfNeeded: state >> 63)
  }
}
