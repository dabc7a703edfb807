// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing
import XenDevices

@testable import XenNet

/// Backends that break the protocol. The driver finds out, or is not harmed; never does it stop the guest, use a
/// page that is not its own, or wait without end.
@Suite struct HostileNetbackTests {
  @Test func thereAreManyTricks() {
    print("\(NetbackTrick.all.count) tricks of backends of interfaces")
    #expect(NetbackTrick.all.count >= 60)
    #expect(Set(NetbackTrick.all.map(\.testDescription)).count == NetbackTrick.all.count)
  }

  @Test(arguments: NetbackTrick.all)
  func aTrickIsFoundOutOrDoesNoHarm(trick: NetbackTrick) {
    let driver = NetDriver.connected()
    for number in 0..<10 {
      driver.finish([.sample(60, number)])
      driver.receive([.sample(60, number)])
    }
    let backend = driver.backend
    backend.holds = true
    driver.finish([.sample(100), NetFrame.sample(9000).inSegments(1448)])
    _ = driver.advance()
    #expect(backend.held.count == 2 && driver.received.count == 10)
    let pages = driver.xen.pageCount
    (backend.isAlive, driver.received) = (false, [])
    backend.wakeNow = { [unowned driver] in _ = driver.advance() }
    trick.act(backend)
    backend.wakeNow()
    driver.world.run(horizon: 1000)
    #expect(driver.statistics.received.errors == trick.rejected)
    #expect(driver.received.count == trick.received)
    if let fault = trick.fault {
      #expect(driver.frontend.failure == .broken(fault) && driver.state == .failed)
      #expect(driver.frontend.ports == nil && !driver.frontend.room)
      #expect(driver.frontend.transmit(60) { _, _ in } == false)
    } else {
      #expect(driver.state == .connected && driver.frontend.failure == nil)
      expectTraffic(driver)
      // The buffers are posted again.
      #expect(driver.xen.pageCount <= pages + 64 + 1)
    }
    // It does not go on with what it has written itself.
    backend.disconnect()
    backend.isAlive = true
    #expect(driver.close() == [])
  }

  /// After a trick frames are received, and sent, as before.
  private func expectTraffic(_ driver: NetDriver) {
    let backend = driver.backend
    // What it wrote over the rings is no more read than what it says with them.
    driver.received = []
    for number in 0..<300 {
      backend.putReceived(NetFrame.sample(60, number).bytes)
      backend.publishReceived()
      backend.wakeNow()
    }
    #expect(driver.received == (0..<300).map { NetFrame.sample(60, $0) })
    let before = driver.statistics.sent.packets
    driver.outbox = [.sample(60)]
    backend.wakeNow()
    #expect(driver.statistics.sent.packets == before + 1)
  }

  // MARK: At the wrong time

  /// There is nothing that could be answered before the backend has seen the rings.
  @Test(arguments: [UInt32(65), 0xffff_ffff], [0, 1])
  func responsesAtTheBeginningEndIt(end: UInt32, ring: Int) {
    let driver = NetDriver()
    driver.backend.isAlive = false
    driver.backend.state = 2
    driver.world.run { driver.state == .connected }
    let name = ["tx-ring-ref", "rx-ring-ref"][ring]
    let page = driver.backend.number(name).flatMap { driver.xen.map($0, as: 0) }
    page?.storeBytes(of: end, toByteOffset: 8, as: UInt32.self)
    driver.store.fireAll()
    driver.world.run()
    _ = driver.advance()
    #expect(driver.frontend.failure == .broken(.indices))
    if let reference = driver.backend.number(name) { driver.xen.unmap(reference) }
    driver.backend.isAlive = true
    #expect(driver.close() == [])
  }

  @Test func whatComesAfterTheEndIsNotLookedAt() {
    let driver = NetDriver.connected { $0.holds = true }
    driver.finish([.sample(60)])
    driver.frontend.close()
    driver.backend.setIndex(0, 8, 77)
    driver.backend.setIndex(1, 8, 777)
    driver.world.run()
    #expect(driver.received.isEmpty && driver.close() == [])
    #expect(driver.statistics.sent.drops == 1)
  }

  /// A frame is a copy: what the backend does to its page afterwards is not seen.
  @Test(arguments: [60, 4096, 10_000])
  func aFrameDoesNotChangeWhileItIsLookedAt(size: Int) {
    let driver = NetDriver.connected()
    driver.backend.outbox = [.sample(size)]
    driver.backend.step()
    let isThere = driver.frontend.receive { frame, _ in
      // Those after the rings are the buffers.
      for number: UInt32 in 1...64 {
        let reference = driver.backend.rings[1].reference + number
        if let page = driver.xen.map(reference, as: 0) {
          page.initializeMemory(as: UInt8.self, repeating: 0xee, count: 4096)
          driver.xen.unmap(reference)
        }
      }
      #expect(frame.withUnsafeBytes { Array($0) } == NetFrame.sample(size).bytes)
    }
    #expect(isThere && driver.close() == [])
  }

  // MARK: Without end

  /// Each frame is there before the driver looks whether it has to sleep.
  @Test func aBackendThatIsAlwaysFasterCannotHoldUs() {
    let driver = NetDriver.connected()
    driver.keepsFrames = false
    let send = {
      if driver.backend.outbox.count < 300 {
        driver.backend.outbox += (0..<300).map { .sample(60, $0) }
      }
      _ = driver.backend.step()
    }
    driver.xen.meddle = send
    for _ in 0..<300 {
      send()
      let before = driver.statistics.received.packets
      let again = driver.advance()
      let count = driver.statistics.received.packets - before
      #expect((1...256).contains(count) && (again != nil || driver.backend.wakesFrontend))
    }
    driver.xen.meddle = {}
    #expect(driver.statistics.received.packets > 10_000)
    driver.world.run()
    #expect(driver.close() == [])
  }

  /// The same with frames that are all wrong: a look at them ends.
  @Test func wrongFramesWithoutEndCannotHoldUs() {
    let driver = NetDriver.connected()
    driver.backend.isAlive = false
    for _ in 0..<300 {
      let before = driver.statistics.received.errors
      while driver.backend.index(1, 0) != driver.backend.receiveTaken {
        driver.backend.putReceived([], status: -1)
      }
      driver.backend.publishReceived()
      _ = driver.advance()
      #expect((1...256).contains(driver.statistics.received.errors - before))
    }
    #expect(driver.received.isEmpty && driver.xen.mostPages <= 2 + 256)
    driver.backend.isAlive = true
    #expect(driver.close() == [])
  }

  @Test func aBackendThatNeverAnswersCostsTheFramesOnly() {
    let driver = NetDriver.connected { $0.holds = true }
    driver.finish((0..<1000).map { .sample(60, $0) })
    #expect(driver.backend.held.count == 256 && driver.outbox.count == 744)
    #expect(driver.world.calls < 60 && driver.xen.mostPages == 2 + 64 + 256)
    driver.backend.holds = false
    driver.world.run()
    #expect(driver.backend.log.count == 1000 && driver.close() == [])
  }
}
