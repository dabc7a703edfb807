// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing
import XenABI
import XenDevices
import XenNet

/// A guest that has no pages, grants or channels any more, or no xenstored.
@Suite struct NetExhaustionTests {
  private let noGrant = DevicePageError.noGrant(HypercallError(rawValue: 28))

  private func error(_ shortage: Shortage) -> NetError {
    .noPage(shortage == .memory ? .noMemory : noGrant)
  }

  /// Two rings, and a buffer at least.
  @Test(arguments: Shortage.allCases, 0...2)
  func withoutPagesThereIsNoConnection(shortage: Shortage, count: Int) {
    let driver = NetDriver()
    shortage.limit(driver.xen, count)
    driver.world.run()
    #expect(driver.frontend.failure == error(shortage) && driver.state == .failed)
    #expect(driver.xen.channels.isEmpty && driver.xen.pageCount == 0 && driver.close() == [])
  }

  @Test func withoutAChannelThereIsNoConnection() {
    let driver = NetDriver()
    driver.xen.channelLimit = 0
    driver.world.run()
    #expect(driver.frontend.failure == .noPage(noGrant) && driver.state == .failed)
    #expect(driver.xen.pageCount == 0 && driver.close() == [])
  }

  @Test func oneChannelIsEnough() {
    let driver = NetDriver()
    driver.xen.channelLimit = 1
    let frames = (0..<300).map { NetFrame.sample(60 + $0, $0) }
    driver.finish(frames)
    driver.receive(frames)
    #expect(driver.state == .connected && driver.xen.channels.count == 1)
    #expect(driver.backend.log == frames && driver.received == frames && driver.close() == [])
  }

  /// It takes longer, and works. With fewer than 20 buffers there are no frames of several slots.
  @Test(arguments: Shortage.allCases, [3, 4, 10, 21, 22, 30, 66, 67, 100])
  func fewPagesAreEnoughToReceive(shortage: Shortage, count: Int) {
    let driver = NetDriver()
    shortage.limit(driver.xen, count)
    driver.world.run()
    #expect(driver.state == .connected && driver.backend.takes("feature-sg") == (count >= 22))
    let frames = (0..<100).map { NetFrame.sample(count >= 22 ? 60_000 : 1514, $0) }
    driver.receive(frames)
    #expect(driver.received == frames && driver.xen.mostPages <= count)
    #expect(driver.close() == [])
  }

  /// Frames that will never have pages are dropped, the others wait for those that are under way.
  @Test(arguments: Shortage.allCases, [0, 1, 2, 5, 15])
  func framesWithoutPagesAreDropped(shortage: Shortage, count: Int) {
    let driver = NetDriver.connected()
    shortage.limit(driver.xen, 2 + 64 + count)
    driver.finish((0..<100).map { .sample(($0 % 5 + 1) * 4000, $0) })
    let sent = driver.backend.log.count
    #expect(sent == 20 * min(5, count) && driver.outbox.isEmpty)
    #expect(driver.statistics.sent.drops == UInt64(100 - sent))
    shortage.limit(driver.xen, .max)
    driver.finish([.sample(60_000)])
    #expect(driver.backend.log.count == sent + 1 && driver.close() == [])
  }

  // MARK: xenstored

  @Test func aConnectionNeedsNoXenstore() {
    let driver = NetDriver.connected()
    driver.store.fail()
    driver.store.fireAll()
    driver.finish([.sample(60_000)])
    driver.receive([.sample(60_000)])
    #expect(driver.backend.log.count == 1 && driver.received.count == 1)
    driver.store.recover(keepsWatches: true)
    driver.world.run()
    #expect(driver.state == .connected && driver.close() == [])
  }

  @Test(arguments: 0..<34, [false, true])
  func xenstoreMayFailAtAnyMoment(request: Int, keepsWatches: Bool) {
    let driver = NetDriver()
    var count = 0
    driver.store.meddle = {
      if count == request { driver.store.fail() }
      count += 1
    }
    driver.world.run()
    driver.store.meddle = {}
    driver.store.recover(keepsWatches: keepsWatches)
    // Rings of which the backend was perhaps not told are given up: what is sent into them is lost.
    driver.world.run()
    #expect(driver.state == .connected)
    driver.finish([.sample(1514)])
    #expect(driver.backend.log.count == 1 && driver.close() == [])
  }
}
