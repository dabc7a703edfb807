// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing
import XenDevices
import XenFrontends

/// How a frontend gets to its connection, and away from it.
@Suite struct XenbusConnectionTests {
  private let front = FakeBackend.front

  @Test func aConnectionTakesFourRoundTripsAndTheLastWord() {
    let driver = ScriptedDriver()
    let backend = driver.world.addBackend()
    backend.attach(state: 2)
    #expect(driver.world.run { driver.isConnected })
    #expect(driver.store.roundTrips == 5)
    #expect(driver.demands == ["connect 0", "complete"])
    #expect(driver.store.states == ["3", "4"] && backend.state == 4)
    let messages = driver.store.served
    #expect(messages == 4 + 3 + 3 + 8 + 1)
    // The backend's last word was seen before its event came, and our own comes back as an event.
    driver.world.run()
    #expect(driver.store.served == messages + 8)
    #expect(driver.demands == ["connect 0", "complete", "refresh"])
    #expect(driver.finish() == [])
    #expect(driver.store.states == ["3", "4", "5", "6"])
  }

  /// States that an earlier stage may have left: the backend's, the own one, and what is then said.
  static let stages: [(Int, String, [String])] = [
    (4, "1", ["5", "6", "1", "3", "4"]), (4, "4", ["5", "6", "1", "3", "4"]),
    (4, "5", ["6", "1", "3", "4"]), (4, "6", ["5", "6", "1", "3", "4"]),
    (4, "3", ["5", "6", "1", "3", "4"]),
    (5, "1", ["6", "1", "3", "4"]), (5, "5", ["6", "1", "3", "4"]), (5, "6", ["1", "3", "4"]),
    (6, "6", ["1", "3", "4"]), (6, "5", ["1", "3", "4"]), (6, "4", ["1", "3", "4"]),
    (2, "6", ["1", "3", "4"]), (2, "5", ["1", "3", "4"]), (1, "1", ["3", "4"]),
    (1, "6", ["1", "3", "4"]), (3, "1", ["3", "4"]), (0, "1", ["3", "4"]), (7, "1", ["3", "4"]),
  ]

  @Test(arguments: stages)
  func aBackendIsLedToTheBeginning(state: Int, own: String, said: [String]) {
    let driver = ScriptedDriver()
    let backend = driver.world.addBackend()
    backend.attach(state: state)
    driver.store.set(front + "/state", own)
    // The backend's driver sees the same nodes, but is not connected to anything.
    backend.isAlive = false
    driver.world.run(horizon: 0)
    backend.isAlive = true
    if [0, 3, 7].contains(state) { backend.state = 2 }
    #expect(driver.world.run { driver.isConnected })
    #expect(driver.store.states == said)
    #expect(driver.finish() == [])
  }

  @Test func aBackendThatIsConnectedAndDeadIsWaitedFor() {
    let driver = ScriptedDriver()
    let backend = driver.world.addBackend()
    backend.attach(state: 4)
    backend.isAlive = false
    driver.world.run()
    #expect(driver.store.states == ["5"] && driver.demands.isEmpty && driver.world.calls < 20)
    backend.isAlive = true
    #expect(driver.world.run { driver.isConnected })
    #expect(driver.finish() == [])
  }

  @Test func aBackendThatNeverAnswersIsWaitedFor() {
    let driver = ScriptedDriver()
    let backend = driver.world.addBackend()
    backend.attach(state: 2)
    backend.isAlive = false
    driver.world.run()
    #expect(driver.phase == .announced && driver.world.calls < 20)
    backend.isAlive = true
    #expect(driver.world.run { driver.isConnected })
    #expect(driver.finish() == [])
  }

  /// A backend that goes for good is not asked to come back.
  @Test func aBackendThatHasClosedForGoodIsLeftAlone() {
    let driver = ScriptedDriver()
    let backend = driver.world.addBackend()
    backend.attach(state: 6)
    backend.isAlive = false
    driver.store.set(backend.path + "/online", "0")
    driver.store.set(front + "/state", "6")
    driver.world.run()
    #expect(driver.bus.machine.isDetached && driver.store.written.isEmpty)
    #expect(driver.finish() == [])
  }

  // MARK: Its end

  @Test func aBackendThatIsDeadIsToldAllTheSame() {
    let (driver, backend) = ScriptedDriver.connected()
    backend.die()
    #expect(driver.finish() == [])
    #expect(driver.store.states == ["3", "4", "5", "6"])
  }

  @Test func aBackendThatKeepsPagesCostsPages() {
    let (driver, backend) = ScriptedDriver.connected()
    backend.letsGo = false
    driver.end()
    #expect(driver.world.run { driver.isClosed })
    #expect(driver.lostPages == 1 && driver.xen.lostPages == 1)
    #expect(driver.world.leftovers() == [])
  }

  /// After so many requests were served, in whatever it is doing.
  @Test(arguments: 0..<40)
  func itMayEndAtAnyMoment(request: Int) {
    for forGood in [true, false] {
      let driver = ScriptedDriver()
      driver.world.addBackend().attach()
      driver.world.pace = 1
      driver.world.run { driver.store.served >= request }
      driver.end(forGood: forGood)
      driver.world.run()
      #expect(!driver.hasRing && driver.bus.machine.isClosed && driver.world.faults == [])
      #expect(driver.store.get(front + "/state") == "6")
      #expect(driver.finish() == [])
    }
  }

  @Test(arguments: ["connect", "complete", "refresh", "leave"])
  func aDriverMayEndItInItsTurn(turn: String) {
    let driver = ScriptedDriver()
    let backend = driver.world.addBackend()
    driver.endsAt = turn
    backend.attach()
    driver.world.run()
    if turn == "refresh" { backend.state = 4 }
    if turn == "leave" { backend.state = 5 }
    driver.world.run()
    #expect(!driver.hasRing && driver.store.get(front + "/state") == "6")
    #expect(driver.finish() == [])
  }

  @Test func whatHasEndedComesBackWithTheDevice() {
    let (driver, backend) = ScriptedDriver.connected()
    driver.end(forGood: false)
    driver.world.run()
    #expect(driver.phase == .down && backend.state == 6)
    backend.removeNodes()
    driver.world.run()
    backend.attach()
    #expect(driver.world.run { driver.isConnected })
    #expect(driver.finish() == [])
  }

  @Test(arguments: 0..<20)
  func whatHasEndedForGoodDoesNot(request: Int) {
    let (driver, backend) = ScriptedDriver.connected()
    let before = driver.store.served
    driver.world.pace = 1
    driver.end()
    driver.world.run { driver.store.served >= before + request }
    backend.removeNodes()
    backend.attach()
    driver.world.run()
    #expect(driver.isClosed && driver.demands.filter { $0 == "connect 0" }.count == 1)
    #expect(driver.world.leftovers() == [])
  }

  /// The device vanishes and comes back a few requests later: each is seen for itself.
  @Test(arguments: 0..<20, [1, 2, 3, 5, 8])
  func whatHasEndedForGoodIsNotBroughtBack(request: Int, pause: Int) {
    let (driver, backend) = ScriptedDriver.connected()
    var count = 0
    driver.store.meddle = {
      if count == request { backend.removeNodes() }
      if count == request + pause { backend.attach() }
      count += 1
    }
    driver.end()
    driver.world.run()
    driver.store.meddle = {}
    #expect(driver.isClosed && driver.demands.filter { $0 == "connect 0" }.count == 1)
    #expect(driver.world.leftovers() == [])
  }
}
