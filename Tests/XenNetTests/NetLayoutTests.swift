// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing
import XenNet

/// The bytes in both rings, as `xen/include/public/io/netif.h` and `ring.h` have them.
@Suite struct NetLayoutTests {
  private func bytes(_ driver: NetDriver, _ ring: Int, _ range: Range<Int>) -> [UInt8] {
    Array(UnsafeRawBufferPointer(start: driver.backend.rings[ring].page, count: 4096)[range])
  }

  private func little(_ number: UInt32, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt32($0 * 8)) }
  }

  @Test func aFrameOfOneSlot() {
    let driver = NetDriver.connected { $0.holds = true }
    driver.finish([.sample(60), .sample(0x123).blank])
    let references = driver.backend.held.map { $0.references[0] }
    let ids = driver.backend.held.map { UInt32($0.ids[0]) }
    // gref, offset, flags, id, size.
    #expect(
      bytes(driver, 0, 64..<88)
        == little(references[0], 4) + [0, 0, 0, 0] + little(ids[0], 2) + [60, 0]
        + little(references[1], 4) + [0, 0, 3, 0] + little(ids[1], 2) + [0x23, 1])
    // req_prod, req_event, rsp_prod, rsp_event.
    #expect(bytes(driver, 0, 0..<16) == [2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0])
    driver.backend.holds = false
    #expect(driver.close() == [])
  }

  /// The first slot has the size of the frame, and says that something is added and more follows; it comes before
  /// the rest.
  @Test(arguments: [false, true])
  func aFrameOfManySlots(isIPv6: Bool) {
    let driver = NetDriver.connected { $0.holds = true }
    driver.finish([NetFrame.sample(4096 * 2 + 5).inSegments(0x5b4, isIPv6: isIPv6)])
    let held = driver.backend.held[0]
    func request(_ place: Int, _ flags: UInt8, _ size: UInt32) -> [UInt8] {
      little(held.references[place], 4) + [0, 0, flags, 0] + little(UInt32(held.ids[place]), 2)
        + little(size, 2)
    }
    let segments: [UInt8] = [1, 0, 0xb4, 5, isIPv6 ? 2 : 1, 0, 0, 0, 0, 0, 0, 0]
    #expect(
      bytes(driver, 0, 64..<112)
        == request(0, 1 | 2 | 4 | 8, 8197) + segments + request(1, 4, 4096) + request(2, 0, 5))
    driver.backend.holds = false
    #expect(driver.close() == [])
  }

  @Test func theLongestFrame() {
    let driver = NetDriver.connected { $0.holds = true }
    driver.finish([NetFrame.sample(65_535).inSegments(1448)])
    #expect(driver.backend.held[0].references.count == 16)
    #expect(bytes(driver, 0, 64 + 10..<64 + 12) == [0xff, 0xff])
    #expect(driver.backend.log == [NetFrame.sample(65_535).inSegments(1448)])
    driver.backend.holds = false
    #expect(driver.close() == [])
  }

  @Test func buffersThatArePosted() {
    let driver = NetDriver.connected()
    // id, pad, gref; the numbers are those of the slots, and of the pages that were given after the rings the last
    // one comes first.
    let last = driver.backend.rings[1].reference + 64
    #expect(
      bytes(driver, 1, 64..<88)
        == [0, 0, 0, 0] + little(last, 4) + [1, 0, 0, 0] + little(last - 1, 4) + [2, 0, 0, 0]
        + little(last - 2, 4))
    #expect(bytes(driver, 1, 0..<16) == [64, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0])
    #expect(driver.close() == [])
  }

  /// Numbers have 16 bits of the ring's own count.
  @Test func buffersAreNumberedOnAndOn() {
    let driver = NetDriver.connected()
    for number in 0..<1100 { driver.receive([.sample(60, number)]) }
    #expect(driver.received == (0..<1100).map { NetFrame.sample(60, $0) })
    // The last is in the slot after 4 times 256 and 139.
    #expect(bytes(driver, 1, 64 + 139 * 8..<64 + 139 * 8 + 2) == little(1024 + 139, 2))
    #expect(driver.close() == [])
  }
}
