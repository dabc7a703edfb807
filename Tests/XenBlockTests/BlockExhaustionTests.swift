// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing
import XenABI
import XenBlock
import XenDevices

/// A guest that has no pages, grants or channels any more, or no xenstored.
@Suite struct BlockExhaustionTests {
  private let noGrant = DevicePageError.noGrant(HypercallError(rawValue: 28))

  private func error(_ shortage: Shortage) -> BlockError {
    .noPage(shortage == .memory ? .noMemory : noGrant)
  }

  @Test(arguments: Shortage.allCases)
  func withoutAPageThereIsNoRing(shortage: Shortage) {
    let driver = BlockDriver()
    shortage.limit(driver.xen, 0)
    #expect(driver.finish(.read(512, at: 0)) == .failed(error(shortage)))
    driver.world.run()
    #expect(driver.state == .failed && driver.xen.channels.isEmpty && driver.close() == [])
  }

  @Test func withoutAChannelThereIsNoRing() {
    let driver = BlockDriver()
    driver.xen.channelLimit = 0
    #expect(driver.finish(.read(512, at: 0)) == .failed(.noPage(noGrant)))
    driver.world.run()
    #expect(driver.state == .failed && driver.xen.pageCount == 0 && driver.close() == [])
  }

  @Test(arguments: Shortage.allCases)
  func withoutAPageForDataARequestFails(shortage: Shortage) {
    let driver = BlockDriver.connected()
    shortage.limit(driver.xen, 1)
    for request in [BlockRequest.read(1 << 20, at: 0), .write(pattern(512), at: 0)] {
      #expect(driver.finish(request) == .failed(error(shortage)))
    }
    #expect(driver.finish(.flush()) == .done && driver.state == .connected)
    shortage.limit(driver.xen, .max)
    #expect(driver.read(512, at: 0) != nil && driver.close() == [])
  }

  /// It takes longer, and works.
  @Test(arguments: Shortage.allCases, [2, 3, 5, 12, 13, 14, 20, 34])
  func fewPagesAreEnough(shortage: Shortage, count: Int) {
    let driver = BlockDriver.connected()
    shortage.limit(driver.xen, count)
    let bytes = pattern(1 << 20)
    let writes = (0..<3).map { BlockRequest.write(bytes, at: UInt64($0) << 20) }
    #expect(driver.finish(writes).allSatisfy { $0 == .done })
    #expect(isSameBytes(driver.read(1 << 20, at: 2 << 20) ?? [], bytes))
    #expect(driver.xen.mostPages <= count && driver.close() == [])
  }

  @Test(arguments: [0, 33, 34, 50])
  func thereAreNoMorePagesThanAllowed(limit: Int) {
    let driver = BlockDriver.connected(pageLimit: limit)
    let writes = (0..<3).map { BlockRequest.write(pattern(1 << 20), at: UInt64($0) << 20) }
    #expect(driver.finish(writes).allSatisfy { $0 == .done })
    #expect(driver.xen.mostPages <= max(33, limit) + 1 && driver.close() == [])
  }

  /// Requests wait for pages of those under way, and are not failed for them.
  @Test func pagesThatAreInUseAreWaitedFor() {
    let driver = BlockDriver.connected { $0.holds = true }
    driver.xen.pageLimit = 1 + 12
    let first = BlockRequest.read(11 * 4096, at: 0)
    let second = BlockRequest.read(11 * 4096, at: 1 << 20)
    for request in [first, second] { driver.frontend.add(request) }
    driver.world.run()
    #expect(driver.backend.held.count == 1 && second.outcome == nil)
    driver.backend.holds = false
    driver.world.run { second.outcome != nil }
    #expect(BlockEnd(second) == .done && driver.close() == [])
  }

  @Test(arguments: Shortage.allCases)
  func aShortageAtAReconnectionFailsTheDisk(shortage: Shortage) {
    let driver = BlockDriver.connected { $0.holds = true }
    let read = BlockRequest.read(4096, at: 0)
    driver.frontend.add(read)
    driver.world.run { driver.backend.held.count == 1 }
    driver.backend.die()
    driver.backend.state = 6
    driver.world.run { driver.frontend.port == nil }
    shortage.limit(driver.xen, 0)
    driver.backend.isAlive = true
    driver.world.run { read.outcome != nil }
    #expect(BlockEnd(read) == .failed(error(shortage)) && driver.state == .failed)
    #expect(driver.close() == [])
  }

  // MARK: xenstored

  @Test func aConnectionNeedsNoXenstore() {
    let driver = BlockDriver.connected()
    driver.store.fail()
    driver.store.fireAll()
    #expect(driver.finish(.write(pattern(1 << 20), at: 0)) == .done)
    #expect(isSameBytes(driver.read(1 << 20, at: 0) ?? [], pattern(1 << 20)))
    driver.store.recover(keepsWatches: true)
    driver.world.run()
    #expect(driver.state == .connected && driver.close() == [])
  }

  @Test func withoutAConnectionThereIsNothingToWaitFor() {
    let driver = BlockDriver()
    driver.store.fail()
    #expect(driver.finish(.read(512, at: 0)) == .failed(.noXenstore))
    driver.store.recover(keepsWatches: false)
    #expect(driver.world.run { driver.state == .connected })
    #expect(driver.read(512, at: 0) != nil && driver.close() == [])
  }

  @Test(arguments: 0..<34, [false, true])
  func xenstoreMayFailAtAnyMoment(request: Int, keepsWatches: Bool) {
    let driver = BlockDriver()
    var count = 0
    driver.store.meddle = {
      if count == request { driver.store.fail() }
      count += 1
    }
    driver.world.run()
    driver.store.meddle = {}
    driver.store.recover(keepsWatches: keepsWatches)
    #expect(driver.world.run { driver.state == .connected })
    #expect(driver.finish(.write(pattern(1 << 16), at: 0)) == .done && driver.close() == [])
  }
}
