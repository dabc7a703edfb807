// SPDX-License-Identifier: Apache-2.0

package import NetWire

/// Frames that are to be sent. A packet of more frames than there may be is taken when no other waits.
package struct FrameQueue {
  private static var limit: Int { 64 }
  private var frames: [OutgoingFrame] = []
  private var taken = 0

  package init() {}

  /// Whether nothing waits.
  package var isEmpty: Bool { taken == frames.count }

  /// Whether there is room for a packet of so many frames.
  package func hasRoom(for count: Int) -> Bool {
    let waiting = frames.count - taken
    return waiting == 0 || waiting + count <= Self.limit
  }

  /// Adds the frames of a packet; false if there are too many.
  package mutating func add(_ more: [OutgoingFrame]) -> Bool {
    guard hasRoom(for: more.count) else { return false }
    frames += more
    return true
  }

  /// Adds the frames of a packet that was kept elsewhere, where its memory was counted.
  package mutating func addKept(_ more: [OutgoingFrame]) { frames += more }

  /// Takes the next frame.
  package mutating func take() -> OutgoingFrame? {
    guard taken < frames.count else { return nil }
    defer {
      taken += 1
      if taken == frames.count {
        frames.removeAll(keepingCapacity: true)
        taken = 0
      }
    }
    return frames[taken]
  }
}

extension OutgoingFrame {
  /// The same to another station.
  package func addressed(to station: EthernetAddress) -> OutgoingFrame {
    var frame = self
    var writer = PacketWriter(capacity: 6)
    writer.append(station)
    frame.header.replaceSubrange(0..<6, with: writer.bytes)
    return frame
  }
}
