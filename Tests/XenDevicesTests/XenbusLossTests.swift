// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing
import XenDevices
import XenFrontends

/// Backends that restart or close, and devices that vanish.
@Suite struct XenbusLossTests {
  private let front = FakeBackend.front

  // MARK: Backends that restart

  @Test(arguments: [false, true])
  func aBackendThatStartsAgainFindsItsRings(isFast: Bool) {
    let (driver, backend) = ScriptedDriver.connected()
    let ring = backend.number("ring-ref")
    backend.die()
    backend.comeBack()
    // Either the frontend sees it, or all is over when it looks.
    if isFast {
      driver.store.mergesEvents = true
    } else {
      backend.isAlive = false
      driver.world.run(horizon: 1000)
      backend.isAlive = true
    }
    driver.world.run()
    #expect(backend.connections == 2 && backend.number("ring-ref") == ring)
    #expect(driver.isConnected && driver.demands.last == "refresh")
    #expect(!driver.demands.contains { $0.starts(with: "leave") })
    #expect(driver.finish() == [])
  }

  @Test func aBackendThatDoesNotFindThemGetsNewOnes() {
    let (driver, backend) = ScriptedDriver.connected()
    let ring = backend.number("ring-ref")
    backend.die()
    driver.store.set(backend.path + "/state", "2")
    driver.world.run { driver.phase == .announced }
    #expect(driver.demands.suffix(2) == ["leave lost", "connect 0"])
    #expect(backend.number("ring-ref") != ring && driver.xen.pageCount == 1)
    backend.isAlive = true
    #expect(driver.world.run { driver.isConnected })
    #expect(driver.finish() == [])
  }

  /// A state that says more than the truth would send a backend to rings that are gone.
  @Test func ringsAreNotOfferedAfterTheirEnd() {
    let (driver, backend) = ScriptedDriver.connected()
    backend.die()
    driver.store.set(backend.path + "/state", "2")
    driver.world.meddle = {
      if !driver.hasRing { #expect(backend.frontState != 3) }
    }
    driver.world.run { driver.phase == .announced }
    #expect(driver.store.states == ["3", "4", "1", "3"])
    driver.world.meddle = {}
    #expect(driver.finish() == [])
  }

  @Test(arguments: [1, 2, 5, 6, 7, 8, 0])
  func anyStateOfABackendHasAnEnd(state: Int) {
    let (driver, backend) = ScriptedDriver.connected()
    backend.die()
    driver.store.set(backend.path + "/state", "\(state)")
    driver.world.run()
    #expect(!driver.isConnected && driver.demands.contains { $0.starts(with: "leave") })
    backend.comeBack()
    #expect(driver.world.run { driver.isConnected })
    #expect(driver.finish() == [])
  }

  @Test func aBackendInAnotherDomainIsConnectedAnew() {
    let (driver, backend) = ScriptedDriver.connected()
    backend.die()
    driver.store.remove(backend.path)
    let other = driver.world.addBackend(domain: 3)
    other.attach()
    #expect(driver.world.run { driver.isConnected && other.connections == 1 })
    #expect(driver.demands.suffix(3) == ["leave lost", "connect 3", "complete"])
    #expect(driver.finish() == [])
  }

  @Test func aBackendThatMovesWithoutAWordIsFound() {
    let (driver, backend) = ScriptedDriver.connected()
    backend.die()
    driver.store.remove(backend.path)
    driver.world.run()
    let other = driver.world.addBackend(domain: 3)
    driver.store.set(front + "/backend-id", "3")
    driver.store.set(other.path + "/state", "1")
    driver.store.set(other.path + "/online", "1")
    driver.store.set(front + "/backend", other.path)
    #expect(driver.world.run { driver.isConnected })
    #expect(driver.finish() == [])
  }

  // MARK: Backends that close

  @Test func aDeviceThatIsDetachedIsGone() {
    let (driver, backend) = ScriptedDriver.connected()
    backend.detach()
    driver.world.run()
    #expect(driver.bus.machine.isDetached && !driver.hasRing && driver.xen.pageCount == 0)
    #expect(driver.demands.last == "leave asked" && driver.store.states == ["3", "4", "6"])
    #expect(backend.state == 6)
    backend.removeNodes()
    driver.world.run()
    #expect(driver.phase == .absent && driver.finish() == [])
  }

  @Test func aBackendThatClosesAndStaysIsAskedBack() {
    let (driver, backend) = ScriptedDriver.connected()
    driver.store.set(backend.path + "/state", "5")
    driver.world.run { driver.demands.contains("leave asked") }
    #expect(driver.world.run { driver.isConnected })
    #expect(driver.store.states == ["3", "4", "6", "1", "3", "4"])
    #expect(driver.finish() == [])
  }

  @Test(arguments: [true, false])
  func aBackendMayCloseAtOnce(isOnline: Bool) {
    let (driver, backend) = ScriptedDriver.connected()
    if !isOnline { driver.store.set(backend.path + "/online", "0") }
    backend.die()
    driver.store.set(backend.path + "/state", "6")
    driver.world.run()
    #expect(driver.demands.last == "leave lost" && driver.bus.machine.isDetached == !isOnline)
    #expect(driver.store.states.last == (isOnline ? "1" : "4"))
    #expect(driver.finish() == [])
  }

  @Test(arguments: [1, 2, 3, 5, 6, 0])
  func anOwnStateThatOthersResetEndsTheConnection(state: Int) {
    let (driver, _) = ScriptedDriver.connected()
    driver.store.set(front + "/state", "\(state)")
    driver.world.run { driver.demands.contains("leave lost") }
    #expect(driver.world.run { driver.isConnected })
    #expect(driver.finish() == [])
  }

  // MARK: Devices that vanish

  /// After so many requests were served; they come back with a backend in the same domain, or in another.
  @Test(arguments: 0..<32, [UInt16(0), 3])
  func aDeviceMayVanishAtAnyMoment(request: Int, domain: UInt16) {
    let driver = ScriptedDriver()
    let backend = driver.world.addBackend()
    backend.attach()
    var count = 0
    driver.store.meddle = {
      if count == request {
        backend.removeNodes()
        backend.die()
      }
      count += 1
    }
    driver.world.run()
    driver.store.meddle = {}
    if count > request {
      #expect(driver.phase == .absent && !driver.hasRing && driver.world.faults == [])
      #expect(driver.store.get(front + "/state") == nil)
      let other = driver.world.addBackend(domain: domain)
      other.attach()
      #expect(driver.world.run { driver.isConnected })
      #expect(other.connections == 1)
    }
    #expect(driver.finish() == [])
  }

  /// As above, and back before anybody looks.
  @Test(arguments: 0..<32, [UInt16(0), 3])
  func aDeviceMayBeReplacedAtAnyMoment(request: Int, domain: UInt16) {
    let driver = ScriptedDriver()
    let backend = driver.world.addBackend()
    backend.attach()
    let other = driver.world.addBackend(domain: domain)
    other.isAlive = false
    var count = 0
    driver.store.meddle = {
      if count == request {
        backend.removeNodes()
        backend.die()
        other.attach()
        other.isAlive = true
      }
      count += 1
    }
    driver.world.run()
    driver.store.meddle = {}
    #expect(driver.isConnected && driver.finish() == [])
  }
}
