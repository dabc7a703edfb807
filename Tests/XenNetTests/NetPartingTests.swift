// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing
import XenDevices
import XenNet

/// Interfaces that are detached or closed, and pages that do not come back.
@Suite struct NetPartingTests {
  // MARK: Detaching and closing

  @Test(arguments: [true, false])
  func aDetachedInterfaceIsGone(answers: Bool) {
    let driver = NetDriver.connected { $0.holds = !answers }
    driver.finish((0..<30).map { .sample(1514, $0) })
    driver.backend.detach()
    driver.world.run()
    #expect(driver.state == .detached && driver.xen.pageCount == 0 && !driver.frontend.room)
    #expect(driver.statistics.sent.drops == (answers ? 0 : 30))
    driver.backend.removeNodes()
    driver.world.run()
    #expect(driver.state == .detached)
    // It may come back.
    driver.backend.holds = false
    driver.backend.attach()
    #expect(driver.world.run { driver.state == .connected })
    driver.finish([.sample(60)])
    #expect(driver.backend.log.count == 31 && driver.close() == [])
  }

  @Test func anInterfaceThatIsClosedStaysClosed() {
    let driver = NetDriver.connected()
    #expect(driver.close() == [])
    driver.backend.removeNodes()
    driver.backend.attach()
    driver.world.run()
    #expect(driver.state == .closed && driver.xen.pageCount == 0 && driver.frontend.isClosed)
  }

  /// After so many requests were served, in whatever it is doing.
  @Test(arguments: 0..<40)
  func itMayBeClosedAtAnyMoment(request: Int) {
    let driver = NetDriver()
    driver.world.pace = 1
    driver.outbox = [.sample(60)]
    driver.world.run { driver.store.served >= request }
    #expect(driver.close() == [])
  }

  // MARK: Pages that do not come back

  /// Frames that were sent may lie in a queue of somebody else's for some time.
  @Test func pagesThatAreKeptAreWaitedFor() {
    let driver = NetDriver.connected { $0.holds = true }
    driver.finish([.sample(1514)])
    driver.backend.letsGo = false
    driver.backend.die()
    driver.backend.state = 6
    driver.world.run { driver.frontend.ports == nil }
    driver.backend.isAlive = true
    driver.world.run(horizon: 20_000)
    #expect(driver.state == .reconnecting && driver.backend.connections == 1)
    driver.backend.letGo()
    #expect(driver.world.run { driver.state == .connected })
    (driver.backend.letsGo, driver.backend.holds) = (true, false)
    #expect(driver.frontend.lostPages == 0 && driver.close() == [])
  }

  /// Nothing is lent to a backend again that keeps what it had.
  @Test func pagesThatDoNotComeBackEndTheInterface() {
    let driver = NetDriver.connected { ($0.holds, $0.letsGo) = (true, false) }
    driver.finish((0..<3).map { .sample(6000, $0) })
    let pages = driver.xen.pageCount
    for _ in 0..<10 {
      driver.backend.die()
      driver.backend.state = 6
      driver.world.run(horizon: 2000)
      driver.backend.isAlive = true
      driver.world.run(horizon: 2000)
    }
    #expect(driver.xen.mostPages == pages)
    driver.world.run()
    #expect(driver.frontend.failure == .broken(.heldPages) && driver.state == .failed)
    // The rings, and two pages of each frame.
    #expect(driver.frontend.lostPages == 8 && driver.xen.lostPages == 8)
    #expect(driver.close() == [])
  }
}
