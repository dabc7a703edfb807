// SPDX-License-Identifier: Apache-2.0

import Testing
import XenRings

/// Both ends of one ring in one real page: each end is the other's peer.
@Suite struct RingPair {
  @Test(arguments: [UInt32(0), 1500, 0xffff_fc00, .max])
  func everyByteComesThroughInOrder(startingAt index: UInt32) throws {
    let page = SharedPage(index: index)
    var sent = UInt8(0)
    var expected = UInt8(0)
    for size in [1, 7, 512, 1000, 1024, 1024, 3, 900] {
      let message = (0..<size).map { _ in
        defer { sent &+= 1 }
        return sent
      }
      #expect(try page.write(message) == size)
      #expect(try page.producer.pending() == size)
      for byte in try page.read(2000) {
        #expect(byte == expected)
        expected &+= 1
      }
    }
    #expect(sent == expected)
  }

  @Test func aFullRingTakesNoMoreUntilRead() throws {
    let page = SharedPage(index: 0xffff_ff00)
    #expect(try page.write([UInt8](repeating: 1, count: 1500)) == 1024)
    #expect(try page.producer.room() == 0)
    #expect(try page.write([2]) == 0)
    #expect(try page.read(24).count == 24)
    #expect(try page.write([UInt8](repeating: 2, count: 100)) == 24)
    #expect(
      try page.read(2000) == .init(repeating: 1, count: 1000) + .init(repeating: 2, count: 24))
    #expect(try page.read(10).isEmpty)
  }

  @Test(arguments: [UInt32(1025), 5000, 0x8000_0000, .max])
  func impossibleIndicesFailWithoutMovingAnything(distance: UInt32) throws {
    let page = SharedPage(index: 100)
    _ = try page.write([1, 2, 3])
    page.setConsumed(103 &- distance)
    #expect(throws: RingError.self) { try page.write([4]) }
    page.setConsumed(100)
    page.setProduced(100 &+ distance)
    #expect(throws: RingError.self) { try page.read(10) }
    page.setProduced(103)
    #expect(try page.read(10) == [1, 2, 3])
  }

  @Test func ourOwnIndexIsNotReadBackFromThePage() throws {
    let page = SharedPage(index: 0)
    _ = try page.write([1, 2, 3])
    // The peer scribbles over our index: the next write goes on where we were.
    page.setProduced(77)
    _ = try page.write([4])
    #expect(try page.read(10) == [1, 2, 3, 4])
  }
}
