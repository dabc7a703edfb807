// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing
import XenDevices
import XenFrontends

/// Nodes that come late, not at all, or say nonsense.
@Suite struct XenbusNodesTests {
  private static let front = FakeBackend.front
  private static let back = "/local/domain/0/backend/vbd/7/51712"

  @Test func aDeviceThatIsNotThereIsDetached() {
    let driver = ScriptedDriver()
    driver.world.run()
    #expect(driver.bus.hasLooked && driver.bus.machine.isDetached && driver.phase == .absent)
    #expect(driver.store.written.isEmpty && driver.finish() == [])
  }

  @Test func aDeviceMayComeLater() {
    let driver = ScriptedDriver()
    driver.world.run()
    driver.world.addBackend().attach()
    #expect(driver.world.run { driver.isConnected })
    #expect(!driver.bus.machine.isDetached && driver.finish() == [])
  }

  static let late = [
    front + "/backend", front + "/backend-id", front + "/state", back + "/state", back + "/online",
    back + "/frontend",
  ]

  /// The rest is there, and waits for this one.
  @Test(arguments: late)
  func aNodeMayComeLate(node: String) throws {
    let driver = ScriptedDriver()
    let backend = driver.world.addBackend()
    backend.attach()
    let value = try #require(driver.store.get(node))
    driver.store.remove(node)
    driver.world.run()
    #expect(driver.isConnected == (node.hasSuffix("online") || node.hasSuffix("frontend")))
    driver.store.set(node, value)
    #expect(driver.world.run { driver.isConnected })
    #expect(driver.finish() == [])
  }

  /// One node after the other, each seen before the next comes.
  @Test(arguments: [false, true])
  func nodesMayComeOneByOne(isBackwards: Bool) {
    let driver = ScriptedDriver()
    let backend = driver.world.addBackend()
    backend.attach()
    var nodes = driver.store.nodes.filter { $0.key != Self.front }.sorted { $0.key < $1.key }
    if isBackwards { nodes.reverse() }
    backend.removeNodes()
    for (path, value) in nodes {
      driver.world.run()
      driver.store.set(path, value)
    }
    #expect(driver.world.run { driver.isConnected })
    #expect(driver.finish() == [])
  }

  static let nonsense: [(String, [UInt8])] = {
    let texts: [(String, String)] = [
      ("/backend-id", ""), ("/backend-id", "zero"), ("/backend-id", "65536"),
      ("/backend-id", "32752"), ("/backend-id", "65535"), ("/backend-id", "4294967296"),
      ("/backend-id", "-1"), ("/backend-id", " 0"), ("/backend-id", "0x0"), ("/backend-id", "0\0"),
      ("/backend-id", "3"), ("/backend-id", String(repeating: "9", count: 4000)),
      ("/backend", ""), ("/backend", "/"), ("/backend", "/local/domain/0"),
      ("/backend", "/local/domain/01/backend/vbd/7/51712"),
      ("/backend", "/local/domain/3/backend/vbd/7/51712"),
      ("/backend", "/local/domain/7/device/vbd/51712"),
      ("/backend", "local/domain/0/backend/vbd/7/51712"),
      ("/backend", "/local/domain/0/backend\0/vbd/7/51712"),
      ("/backend", "/local/domain/0/" + String(repeating: "x", count: 2980)),
      ("/backend", "/local/domain/0/" + String(repeating: "x", count: 4070)),
    ]
    return texts.map { ($0.0, Array($0.1.utf8)) } + [("/backend", [0xff, 0xfe, 0])]
  }()

  /// With such a node there is no backend, and nothing is written to or watched in another's name.
  @Test(arguments: nonsense)
  func aBackendThatCannotBeIsNotThere(node: String, value: [UInt8]) throws {
    let driver = ScriptedDriver()
    let backend = driver.world.addBackend()
    backend.attach()
    let good = try #require(driver.store.get(Self.front + node))
    driver.store.set(Self.front + node, value)
    driver.world.run()
    #expect(driver.demands.isEmpty && driver.store.written.isEmpty && driver.xen.pageCount == 0)
    #expect(!driver.bus.hasFailed && driver.world.calls < 20)
    driver.store.set(Self.front + node, good)
    #expect(driver.world.run { driver.isConnected })
    #expect(driver.finish() == [])
  }

  /// The same when there is a connection: it ends, and comes back.
  @Test(arguments: nonsense)
  func aConnectionEndsWithItsNodes(node: String, value: [UInt8]) throws {
    let (driver, _) = ScriptedDriver.connected()
    let good = try #require(driver.store.get(Self.front + node))
    driver.store.set(Self.front + node, value)
    // Only the states are watched.
    driver.store.set(Self.front + "/state", "4")
    driver.world.run()
    #expect(driver.demands.last == "leave lost" && !driver.hasRing)
    driver.store.set(Self.front + node, good)
    #expect(driver.world.run { driver.isConnected })
    #expect(driver.finish() == [])
  }

  static let states = ["", "x", "4x", " 4", "-4", "9", "44", "256", "260", "18446744073709551620"]

  @Test(arguments: states + [String(repeating: "4", count: 40)])
  func aBackendsStateThatMakesNoSenseIsNone(state: String) {
    let driver = ScriptedDriver()
    let backend = driver.world.addBackend()
    backend.attach()
    backend.isAlive = false
    driver.store.set(Self.back + "/state", state)
    driver.world.run()
    #expect(driver.demands.isEmpty && driver.store.written.isEmpty && driver.phase == .down)
    backend.isAlive = true
    driver.store.set(Self.back + "/state", "2")
    #expect(driver.world.run { driver.isConnected })
    backend.isAlive = false
    driver.store.set(Self.back + "/state", state)
    // It could be a backend that starts again; after some time it is not.
    driver.world.run()
    #expect(driver.demands.last == "leave lost")
    #expect(driver.finish() == [])
  }

  @Test(arguments: states)
  func anOwnStateThatMakesNoSenseIsReplaced(state: String) {
    let driver = ScriptedDriver()
    driver.world.addBackend().attach(state: 2)
    driver.store.set(Self.front + "/state", state)
    #expect(driver.world.run { driver.isConnected })
    #expect(driver.store.states == ["1", "3", "4"] && driver.finish() == [])
  }

  @Test func whatTheBackendDoesNotSayIsNil() {
    let driver = ScriptedDriver()
    let backend = driver.world.addBackend()
    backend.attach()
    driver.store.set(backend.path + "/info", "17")
    #expect(driver.world.run { driver.isConnected })
    #expect(driver.details == [nil, "17"] && driver.finish() == [])
  }

  /// The details that count are those of a moment when the backend is connected.
  @Test(arguments: 0..<8)
  func detailsOfABackendThatGoesAreNotBelieved(request: Int) {
    let (driver, backend) = ScriptedDriver.connected()
    driver.store.set(backend.path + "/sectors", "5")
    driver.store.set(backend.path + "/state", "4")
    driver.world.run()
    #expect(driver.details == ["5", nil])
    var count = 0
    driver.store.meddle = {
      if count == request {
        backend.die()
        driver.store.remove(backend.path)
      }
      count += 1
    }
    driver.store.set(backend.path + "/state", "4")
    driver.world.run()
    #expect(driver.details == ["5", nil] && driver.demands.last == "leave lost")
    #expect(driver.finish() == [])
  }

  /// Nor are details from before the backend was connected, when it connects in the middle of a look.
  @Test(arguments: 0..<12)
  func detailsFromBeforeTheConnectionAreNotBelieved(request: Int) {
    let driver = ScriptedDriver()
    let backend = driver.world.addBackend()
    backend.attach(state: 2)
    backend.isAlive = false
    driver.world.run { driver.phase == .announced }
    var count = 0
    driver.store.meddle = {
      if count == request {
        driver.store.set(backend.path + "/sectors", "5")
        backend.isAlive = true
        backend.step()
      }
      count += 1
    }
    driver.store.fireAll()
    driver.world.run { driver.isConnected }
    driver.store.meddle = {}
    driver.store.set(backend.path + "/sectors", "5")
    if count <= request {
      backend.isAlive = true
      driver.world.run { driver.isConnected }
    }
    #expect(driver.isConnected && driver.completed == [["5", nil]])
    #expect(driver.finish() == [])
  }
}
