// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing
import XenBlock
import XenDevices

/// Disks that are detached or closed, and pages that do not come back.
@Suite struct BlockPartingTests {
  // MARK: Detaching and closing

  @Test(arguments: [true, false])
  func aDetachedDiskAnswersWhatItWasAsked(answers: Bool) {
    let driver = BlockDriver.connected { $0.holds = true }
    let requests = (0..<40).map { BlockRequest.write(pattern(4096, $0), at: UInt64($0) * 4096) }
    for request in requests { driver.frontend.add(request) }
    driver.world.run { driver.backend.held.count == 32 }
    driver.backend.holds = !answers
    driver.backend.detach()
    driver.world.run()
    let ends = requests.map { BlockEnd($0) }
    let first: BlockEnd = answers ? .done : .failed(.detached)
    #expect(ends.prefix(32).allSatisfy { $0 == first })
    #expect(ends.suffix(8).allSatisfy { $0 == .failed(.detached) || answers && $0 == .done })
    #expect(driver.state == .detached && driver.xen.pageCount == 0)
    #expect(driver.finish(.read(512, at: 0)) == .failed(.detached) && driver.close() == [])
  }

  @Test func closingEndsWhatIsUnderWay() {
    let driver = BlockDriver.connected { $0.holds = true }
    let requests = (0..<40).map { BlockRequest.read(4096, at: UInt64($0) * 4096) }
    for request in requests { driver.frontend.add(request) }
    driver.world.run { driver.backend.held.count == 32 }
    driver.frontend.close()
    #expect(requests.allSatisfy { BlockEnd($0) == .failed(.closed) })
    let late = BlockRequest.read(512, at: 0)
    driver.frontend.add(late)
    #expect(BlockEnd(late) == .failed(.closed) && driver.close() == [])
  }

  @Test func aDiskThatIsClosedStaysClosed() {
    let driver = BlockDriver.connected()
    #expect(driver.close() == [])
    driver.backend.removeNodes()
    driver.backend.attach()
    driver.world.run()
    #expect(driver.state == .closed && driver.xen.pageCount == 0 && driver.frontend.isClosed)
  }

  @Test func aFailedDiskCanBeClosed() {
    let driver = BlockDriver.connected { $0.says["sectors"] = "x" }
    #expect(driver.state == .failed && driver.close() == [])
  }

  @Test func aDiskThatWasTakenAwayMayComeBack() {
    let driver = BlockDriver.connected()
    driver.backend.detach()
    driver.world.run()
    driver.backend.removeNodes()
    driver.world.run()
    #expect(driver.state == .detached)
    driver.backend.attach()
    #expect(driver.world.run { driver.state == .connected })
    #expect(driver.read(512, at: 0) != nil && driver.close() == [])
  }

  // MARK: Pages that do not come back

  @Test(arguments: [false, true])
  func pagesThatAreKeptAreWaitedFor(isPersistent: Bool) {
    let driver = BlockDriver.connected { $0.isPersistent = isPersistent }
    #expect(driver.finish(.write(pattern(1 << 16), at: 0)) == .done)
    driver.backend.letsGo = false
    driver.backend.die()
    driver.backend.state = 6
    driver.world.run { driver.frontend.port == nil }
    driver.backend.isAlive = true
    let read = BlockRequest.read(1 << 16, at: 0)
    driver.frontend.add(read)
    driver.world.run(horizon: 20_000) { read.outcome != nil }
    #expect(read.outcome == nil && driver.backend.connections == 1)
    driver.backend.letGo()
    driver.world.run { read.outcome != nil }
    driver.backend.letsGo = true
    #expect(BlockEnd(read) == .done && read.takeBytes() == pattern(1 << 16))
    #expect(driver.frontend.lostPages == 0 && driver.close() == [])
  }

  /// Nothing is lent to a backend again that keeps what it had.
  @Test func pagesThatDoNotComeBackEndTheDisk() {
    let driver = BlockDriver.connected { $0.isPersistent = true }
    #expect(driver.finish(.write(pattern(1 << 16), at: 0)) == .done)
    let pages = driver.xen.pageCount
    driver.backend.letsGo = false
    for _ in 0..<10 {
      driver.backend.die()
      driver.backend.state = 6
      driver.world.run(horizon: 2000)
      driver.backend.isAlive = true
      driver.world.run(horizon: 2000)
    }
    #expect(driver.xen.mostPages == pages)
    let read = BlockRequest.read(512, at: 0)
    driver.frontend.add(read)
    driver.world.run()
    #expect(BlockEnd(read) == .failed(.broken(.heldPages)) && driver.state == .failed)
    #expect(driver.frontend.lostPages == pages && driver.xen.lostPages == pages)
    #expect(driver.close() == [])
  }
}
