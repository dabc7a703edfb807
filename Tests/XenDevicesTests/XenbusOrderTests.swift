// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing
import XenDevices
import XenFrontends

/// Frontends that are the first to say that they are connected.
@Suite struct XenbusOrderTests {
  private let front = FakeBackend.front

  @Test func theFirstToSayItNeedsThreeRoundTrips() {
    let driver = ScriptedDriver(.frontendFirst)
    let backend = driver.world.addBackend()
    backend.attach(state: 2)
    driver.store.set(backend.path + "/sectors", "5")
    #expect(driver.world.run { driver.isConnected })
    #expect(driver.store.roundTrips == 3 && driver.demands == ["connect 0"])
    // What the backend says was known before there were rings.
    #expect(driver.details == ["5", nil] && driver.store.states == ["4"])
    driver.world.run()
    #expect(backend.state == 4 && backend.connections == 1)
    #expect(driver.demands.dropFirst().allSatisfy { $0 == "refresh" })
    #expect(driver.finish() == [] && driver.store.states == ["4", "5", "6"])
  }

  @Test(arguments: [XenbusMachine.Order.backendFirst, .frontendFirst])
  func theOwnNodesAreRead(order: XenbusMachine.Order) {
    let driver = ScriptedDriver(order, ownDetails: ["virtual-device", "mac"])
    driver.world.addBackend().attach()
    #expect(driver.world.run { driver.isConnected })
    #expect(driver.bus.ownValues == [Array("51712".utf8), nil])
    #expect(driver.finish() == [])
  }

  /// A backend that waits for its toolstack is connected all the same.
  @Test func aBackendThatWaitsIsLeftAlone() {
    let driver = ScriptedDriver(.frontendFirst)
    let backend = driver.world.addBackend()
    backend.attach(state: 2)
    backend.isAlive = false
    driver.world.run { driver.isConnected }
    driver.world.run()
    for _ in 0..<10 {
      driver.xen.pass(milliseconds: 60_000)
      driver.store.fireAll()
      driver.world.run()
    }
    #expect(driver.isConnected && driver.bus.deadline == nil && driver.store.states == ["4"])
    backend.isAlive = true
    driver.world.run()
    #expect(backend.state == 4 && backend.connections == 1 && driver.isConnected)
    #expect(driver.finish() == [])
  }

  /// One that starts again takes the same rings, whether it says so or not.
  @Test(arguments: [true, false])
  func aBackendThatStartsAgainFindsItsRings(isLate: Bool) {
    let (driver, backend) = ScriptedDriver.connected(.frontendFirst)
    let ring = backend.number("ring-ref")
    backend.die()
    backend.comeBack()
    if isLate {
      backend.isAlive = false
      driver.world.run(horizon: 100_000)
      backend.isAlive = true
    }
    driver.world.run()
    #expect(backend.connections == 2 && backend.number("ring-ref") == ring)
    #expect(driver.isConnected && driver.demands.last == "refresh" && driver.finish() == [])
  }

  /// The own state that a stage before has left beside a backend that waits, and what is then said.
  @Test(arguments: [
    ("4", ["5", "6", "1", "4"]), ("5", ["6", "1", "4"]), ("6", ["1", "4"]), ("3", ["1", "4"]),
    ("1", ["4"]),
  ])
  func aBackendThatMayBeConnectedIsLedDown(own: String, said: [String]) {
    let driver = ScriptedDriver(.frontendFirst)
    let backend = driver.world.addBackend()
    backend.attach(state: 2)
    driver.store.set(front + "/state", own)
    backend.isAlive = false
    driver.world.run(horizon: 0)
    backend.isAlive = true
    #expect(driver.world.run { driver.isConnected })
    #expect(driver.store.states == said && driver.finish() == [])
  }

  @Test func aBackendThatDoesNotNoticeIsNotWaitedForWithoutEnd() {
    let driver = ScriptedDriver(.frontendFirst)
    let backend = driver.world.addBackend()
    backend.attach(state: 2)
    driver.store.set(front + "/state", "4")
    backend.isAlive = false
    #expect(driver.world.run(horizon: 5000) { driver.isConnected })
    #expect(driver.store.states == ["5", "1", "4"] && driver.world.calls < 30)
    backend.isAlive = true
    #expect(driver.world.run { backend.state == 4 } && driver.finish() == [])
  }

  @Test(arguments: [0, 1, 3, 5, 6, 7, 8])
  func anyOtherStateHasAnEnd(state: Int) {
    let (driver, backend) = ScriptedDriver.connected(.frontendFirst)
    backend.die()
    driver.store.set(backend.path + "/state", "\(state)")
    driver.world.run()
    #expect(driver.demands.contains { $0.starts(with: "leave") })
    backend.comeBack()
    #expect(driver.world.run { driver.isConnected && backend.connections == 2 })
    #expect(driver.finish() == [])
  }

  /// A backend that cannot use the rings is not asked all the time.
  @Test func aBackendThatTakesNoRingsIsAskedAfterPauses() {
    let driver = ScriptedDriver(.frontendFirst)
    let backend = driver.world.addBackend()
    backend.attach(state: 2)
    driver.store.refuses = { request in
      guard case .write(_, let path) = request else { return false }
      return String(decoding: path, as: UTF8.self).hasSuffix("ring-ref")
    }
    driver.world.run(horizon: 60_000)
    #expect(driver.xen.channelsOpened > 5 && driver.xen.channelsOpened < 40)
    driver.store.refuses = { _ in false }
    #expect(driver.world.run { driver.isConnected && backend.state == 4 })
    #expect(driver.finish() == [])
  }

  /// What the backend says while it changes its state does not count.
  @Test(arguments: 0..<16)
  func detailsFromBeforeAStateAreNotBelieved(request: Int) {
    let driver = ScriptedDriver(.frontendFirst)
    let backend = driver.world.addBackend()
    backend.attach(state: 1)
    backend.isAlive = false
    driver.store.set(backend.path + "/sectors", "4")
    var count = 0
    driver.store.meddle = {
      if count == request {
        driver.store.set(backend.path + "/sectors", "5")
        driver.store.set(backend.path + "/state", "2")
      }
      count += 1
    }
    driver.world.run { driver.isConnected }
    driver.store.meddle = {}
    if count > request { #expect(driver.isConnected && driver.details == ["5", nil]) }
    backend.isAlive = true
    #expect(driver.finish() == [])
  }
}
