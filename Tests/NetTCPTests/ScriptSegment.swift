// SPDX-License-Identifier: Apache-2.0

/// A segment as scripts see it. Numbers count from each side's SYN, which is 0.
struct ScriptSegment: Equatable {
  /// `S`, `F`, `R`, `P`, `U` and `.` for ACK, in this order.
  var flags: String
  var sequence = 0
  var acknowledgment = 0
  var payload: [UInt8] = []
  var window = 0
  var urgent = 0
  var options = ScriptOptions()
}

struct ScriptOptions: Equatable {
  var maximumSegment: Int?
  var shift: Int?
  var sack = false
  var timestamp: ScriptTimestamp?
  var blocks: [Range<Int>] = []

  /// What a peer of today offers.
  static var all: Self {
    Self(maximumSegment: 1460, shift: 7, sack: true, timestamp: .init(1000, 0))
  }
  /// Only the size of segments, so that nothing takes room.
  static var plain: Self { Self(maximumSegment: 1000) }
  static var withSACK: Self { Self(maximumSegment: 1000, sack: true) }
}

struct ScriptTimestamp: Equatable {
  var value: UInt32
  var echo: UInt32
  init(_ value: UInt32, _ echo: UInt32) {
    self.value = value
    self.echo = echo
  }
}
