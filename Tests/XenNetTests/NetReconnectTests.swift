// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing
import XenDevices

@testable import XenNet

/// Backends that go away with frames under way, and come back, or do not.
@Suite struct NetReconnectTests {
  /// How a backend goes away.
  enum Loss: CaseIterable {
    /// It closes, and its toolstack lets it stay.
    case closed
    /// It asks for the end, and is there again.
    case closing
    /// Its nodes vanish.
    case nodes
    /// The nodes of both ends vanish, and come back with a backend that is the same.
    case device
    /// Its driver says that it begins, and nothing for a long time.
    case beginning
  }

  /// What was under way is lost and counted, buffers are posted again, and traffic goes on.
  @Test(arguments: Loss.allCases, [0, 1, 40, 256, 300])
  func trafficGoesOn(loss: Loss, count: Int) {
    let driver = NetDriver.connected { $0.holds = true }
    let backend = driver.backend
    driver.receive((0..<10).map { .sample(60, $0) })
    driver.finish((0..<count).map { .sample(1514, $0) })
    let underWay = min(count, 256)
    #expect(backend.held.count == underWay)
    backend.holds = false
    lose(driver, loss)
    #expect(driver.world.run { driver.state == .connected && backend.connections == 2 })
    driver.receive((0..<100).map { .sample(1514, $0) })
    driver.finish([.sample(60)])
    #expect(driver.received.count == 110 && backend.log.last == .sample(60))
    // Those that had not been taken are sent to the new one.
    #expect(backend.log.count == count + 1)
    #expect(driver.statistics.sent.drops == UInt64(underWay))
    #expect(driver.statistics.sent.packets == UInt64(count + 1))
    #expect(driver.frontend.lostPages == 0 && driver.close() == [])
  }

  private func lose(_ driver: NetDriver, _ loss: Loss) {
    let backend = driver.backend
    backend.die()
    switch loss {
    case .closed: backend.state = 6
    case .closing: backend.state = 5
    case .nodes: driver.store.remove(backend.path)
    case .device: backend.removeNodes()
    case .beginning: backend.state = 1
    }
    driver.world.run { driver.frontend.ports == nil }
    driver.world.run(horizon: 0)
    #expect(driver.state == (loss == .device ? .detached : .reconnecting))
    #expect(!driver.frontend.room)
    backend.isAlive = true
    if loss == .nodes || loss == .device { backend.attach() }
  }

  /// A driver that is unbound and bound again takes the rings that it finds, without a word or with one.
  @Test(arguments: [true, false], [true, false])
  func aBackendThatStartsAgainFindsItsRings(isLate: Bool, isHotplugged: Bool) {
    let driver = NetDriver.connected { $0.isHotplugged = isHotplugged }
    let backend = driver.backend
    let ring = backend.number("tx-ring-ref")
    driver.receive((0..<30).map { .sample(1514, $0) })
    for round in 0..<5 {
      // What is sent while it is away waits in the ring.
      backend.die()
      driver.finish((0..<20).map { .sample(60, $0) })
      driver.world.run(horizon: isLate ? 100_000 : 0)
      backend.comeBack()
      driver.world.run()
      #expect(backend.log.count == (round + 1) * 20 && driver.state == .connected)
      driver.receive((0..<30).map { .sample(1514, $0) })
      #expect(driver.received.count == (round + 2) * 30)
    }
    #expect(backend.connections == 6 && backend.number("tx-ring-ref") == ring)
    #expect(driver.statistics.sent.drops == 0 && driver.close() == [])
  }

  /// It does not know which frames the one before has answered, if that was not in their order: answers come
  /// twice, and never. What it has learnt of the backend's features holds for what is sent afterwards.
  @Test(arguments: [FakeNetback.Order.reversed, .mixed], 1...6)
  func aBackendThatStartsAgainMayBeConfused(order: FakeNetback.Order, answered: Int) {
    let driver = NetDriver.connected { ($0.holds, $0.order) = (true, order) }
    let backend = driver.backend
    driver.finish(
      (0..<8).map { number in
        let frame = NetFrame.sample(500 + number * 2000, number)
        return number % 3 == 0 ? frame.inSegments(1448) : frame
      })
    // Some are answered, and the rest is given up.
    let rest = Array(backend.held[answered...])
    backend.held.removeSubrange(answered...)
    backend.answer()
    for reference in rest.flatMap(\.references) { driver.xen.unmap(reference) }
    backend.isConfused = true
    backend.die()
    (backend.holds, backend.order) = (false, .asAsked)
    backend.comeBack()
    driver.world.run()
    _ = driver.frontend.advance()
    #expect(driver.state == .connected && backend.connections == 2)
    backend.isConfused = false
    let before = backend.log.count
    driver.finish((0..<600).map { .sample(1514, $0) })
    #expect(backend.log.count == before + 600 && driver.close() == [])
  }

  @Test func aBackendThatStartsAgainMayBeAnotherOne() {
    let driver = NetDriver.connected { $0.ownNodes["mtu"] = "9000" }
    #expect(driver.frontend.details?.mtu == 9000)
    driver.backend.die()
    driver.backend.says["feature-sg"] = "0"
    driver.backend.sayAgain()
    driver.backend.comeBack()
    driver.world.run()
    #expect(driver.frontend.details?.mtu == 1500 && driver.backend.connections == 2)
    driver.finish([.sample(9000), .sample(1514)])
    #expect(driver.backend.log == [.sample(1514)] && driver.statistics.sent.drops == 1)
    #expect(driver.close() == [])
  }

  @Test func aBackendInAnotherDomainGetsNewRings() {
    let driver = NetDriver.connected()
    driver.backend.die()
    driver.store.remove(driver.backend.path)
    let other = FakeNetback(driver.xen, driver.store, domain: 3)
    driver.world.backends.append(other)
    other.attach()
    #expect(driver.world.run { driver.state == .connected && other.connections == 1 })
    driver.finish([.sample(60)])
    #expect(other.log == [.sample(60)] && driver.close() == [])
  }

  /// The stage before has left the backend connected.
  @Test(arguments: ["1", "4", "5", "6"])
  func aBackendThatIsConnectedAlreadyIsLedDown(own: String) {
    let driver = NetDriver { $0.attach(state: 4) }
    driver.store.set(driver.backend.front + "/state", own)
    driver.backend.isAlive = false
    driver.world.run(horizon: 0)
    driver.backend.isAlive = true
    #expect(driver.world.run { driver.state == .connected && driver.backend.connections == 1 })
    #expect(driver.close() == [])
  }

  /// One that has never said that it is connected is connected all the same.
  @Test(arguments: [true, false])
  func aGuestThatIsStartedAgainGetsNewRings(isHotplugged: Bool) {
    let driver = NetDriver.connected { $0.isHotplugged = isHotplugged }
    driver.finish([.sample(60)])
    driver.startAgain()
    #expect(driver.world.run { driver.state == .connected })
    driver.finish([.sample(70)])
    #expect(driver.backend.log == [.sample(60), .sample(70)] && driver.backend.connections == 2)
    #expect(driver.world.faults == [])
  }

  /// One that has missed that there were other states in between would keep the rings that it has: it is waited
  /// for until it has let go of them.
  @Test(arguments: ["1", "3", "6"], [true, false])
  func aBackendThatIsSlowGetsNewRings(own: String, isHotplugged: Bool) {
    let driver = NetDriver.connected { $0.isHotplugged = isHotplugged }
    let backend = driver.backend
    driver.finish([.sample(60)])
    backend.isAlive = false
    driver.store.set(backend.front + "/state", own)
    driver.world.run(horizon: 1000)
    backend.isAlive = true
    #expect(driver.world.run { driver.state == .connected && backend.connections == 2 })
    driver.finish([.sample(70)])
    #expect(backend.log.last == .sample(70) && driver.close() == [])
  }
}
