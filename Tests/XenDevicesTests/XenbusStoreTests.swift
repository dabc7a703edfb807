// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing
import XenDevices
import XenFrontends

/// A xenstored that refuses, fails, or is slow.
@Suite struct XenbusStoreTests {
  private let front = FakeBackend.front

  static let refusals: [(String, Bool)] = [
    ("ring-ref", true), ("event-channel", true), ("51712/state", true), ("device/vbd", true),
    ("51712/state", false), ("51712/backend", false), ("backend/vbd", false),
  ]

  /// Neither is anything asked for all the time, nor is it given up.
  @Test(arguments: refusals)
  func whatIsRefusedIsTriedAgainAfterSomeTime(node: String, isWrite: Bool) {
    let driver = ScriptedDriver()
    driver.world.addBackend().attach()
    driver.store.refuses = { request in
      switch request {
      case .write(_, let path): isWrite && String(decoding: path, as: UTF8.self).contains(node)
      case .read(let path): !isWrite && String(decoding: path, as: UTF8.self).contains(node)
      case .watch, .unwatch: false
      }
    }
    driver.world.run(horizon: 60_000)
    #expect(!driver.isConnected && driver.world.faults == [])
    // A minute, in which there is a new attempt each few seconds.
    #expect(driver.world.calls < 2000 && driver.xen.channelsOpened < 40)
    driver.store.refuses = { _ in false }
    driver.world.backends[0].state = 2
    driver.store.fireAll()
    #expect(driver.world.run { driver.isConnected })
    #expect(driver.finish() == [])
  }

  /// The connection fails after so many requests, and comes back with or without the watches.
  @Test(arguments: 0..<32, [false, true])
  func xenstoreMayFailAtAnyMoment(request: Int, keepsWatches: Bool) {
    let driver = ScriptedDriver()
    driver.world.addBackend().attach()
    var count = 0
    driver.store.meddle = {
      if count == request { driver.store.fail() }
      count += 1
    }
    driver.world.run()
    driver.store.meddle = {}
    #expect(driver.bus.hasFailed == (count > request) && driver.world.calls < 30)
    driver.store.recover(keepsWatches: keepsWatches)
    #expect(driver.world.run { driver.isConnected })
    // And what comes later is seen.
    driver.world.run()
    driver.world.backends[0].detach()
    #expect(driver.world.run { driver.bus.machine.isDetached })
    #expect(driver.finish() == [])
  }

  /// It works again before anybody has noticed.
  @Test(arguments: 0..<32)
  func xenstoreMayFailForAMoment(request: Int) {
    let driver = ScriptedDriver()
    driver.world.addBackend().attach()
    var count = 0
    driver.store.meddle = {
      if count == request {
        driver.store.fail()
        driver.store.recover(keepsWatches: false)
      }
      count += 1
    }
    #expect(driver.world.run { driver.isConnected })
    driver.store.meddle = {}
    #expect(driver.finish() == [])
  }

  @Test(arguments: [1, 2, 3, 20])
  func fewRequestsAtATimeAreEnough(limit: Int) {
    let driver = ScriptedDriver()
    driver.world.addBackend().attach()
    driver.store.limit = limit
    #expect(driver.world.run { driver.isConnected })
    #expect(driver.finish() == [])
  }

  @Test func repliesMayComeOneByOne() {
    let driver = ScriptedDriver()
    driver.world.pace = 1
    driver.world.addBackend().attach()
    #expect(driver.world.run { driver.isConnected })
    #expect(driver.finish() == [])
  }

  @Test func withoutXenstoreAConnectionEndsAllTheSame() {
    let (driver, backend) = ScriptedDriver.connected()
    driver.store.fail()
    driver.store.fireAll()
    driver.world.run()
    driver.end()
    driver.world.run { !driver.hasRing }
    #expect(!driver.hasRing)
    backend.die()
    #expect(driver.world.run { driver.isClosed })
    #expect(driver.xen.leftovers() == [])
  }

  // MARK: Events

  @Test func aStormOfEventsIsAFewLooks() {
    let (driver, _) = ScriptedDriver.connected()
    let before = driver.store.served
    for _ in 0..<10_000 { driver.store.fireAll() }
    driver.world.run()
    #expect(driver.store.served - before == 3 + 5 && driver.isConnected)
    // One by one they cost a look each, and are not written for.
    for _ in 0..<1000 {
      driver.store.fireAll()
      driver.world.run()
    }
    #expect(driver.store.served - before == 8 * 1001)
    #expect(driver.store.states == ["3", "4"] && driver.finish() == [])
  }

  @Test func eventsMayBeLate() {
    let driver = ScriptedDriver()
    driver.store.holdsEvents = true
    driver.world.addBackend().attach(state: 2)
    driver.world.run()
    #expect(driver.phase == .announced)
    driver.store.holdsEvents = false
    #expect(driver.world.run { driver.isConnected })
    #expect(driver.finish() == [])
  }

  /// A time that has passed calls nobody as long as xenstored has to act first.
  @Test(arguments: [true, false])
  func xenstoredIsWaitedForWithoutASpin(hasFailed: Bool) {
    let (driver, backend) = ScriptedDriver.connected()
    backend.die()
    driver.store.set(backend.path + "/state", "2")
    driver.world.run(horizon: 1000)
    #expect(driver.bus.deadline != nil)
    if hasFailed { driver.store.fail() } else { driver.world.pace = 0 }
    driver.store.fireAll()
    driver.world.run()
    driver.xen.pass(milliseconds: 10_000)
    driver.world.run()
    #expect(driver.bus.deadline == nil && driver.world.faults == [])
    driver.store.recover(keepsWatches: true)
    driver.world.pace = .max
    backend.comeBack()
    driver.world.run()
    #expect(driver.isConnected && driver.finish() == [])
  }
}
