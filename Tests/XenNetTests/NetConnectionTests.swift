// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import NetWire
import Testing
import XenDevices
import XenNet

/// How an interface gets to its connection, and what it finds out about itself.
@Suite struct NetConnectionTests {
  @Test func itConnectsInThreeRoundTrips() {
    let driver = NetDriver { $0.attach(state: 2) }
    #expect(driver.state == .connecting && driver.frontend.details == nil)
    #expect(driver.world.run { driver.state == .connected })
    #expect(driver.store.roundTrips == 3)
    #expect(driver.store.served == 6 + 13 + 11 && driver.store.states == ["4"])
    let nodes = [
      "request-rx-copy", "feature-rx-notify", "feature-sg", "feature-gso-tcpv4",
      "feature-gso-tcpv6", "feature-ipv6-csum-offload",
    ]
    #expect(nodes.allSatisfy { driver.backend.takes($0) })
    #expect(driver.close() == [])
  }

  /// As Linux's backend is, which then hears of what is sent whatever becomes of the other channel.
  @Test func eachRingHasAChannelIfItsBackendTakesTwo() {
    let driver = NetDriver.connected()
    let ports = driver.frontend.ports
    #expect(driver.xen.channels.count == 2 && ports?.send != ports?.receive)
    #expect(driver.backend.ports == [ports?.send, ports?.receive].compactMap { $0 })
    #expect(driver.close() == [])
  }

  @Test(arguments: [nil, "0"])
  func bothRingsShareAChannelIfItsBackendTakesOne(value: String?) {
    let driver = NetDriver.connected { $0.says["feature-split-event-channels"] = .some(value) }
    let ports = driver.frontend.ports
    #expect(driver.xen.channels.count == 1 && ports?.send == ports?.receive)
    let frames = (0..<300).map { NetFrame.sample(60 + $0, $0) }
    driver.finish(frames)
    driver.receive(frames)
    #expect(driver.backend.log == frames && driver.received == frames && driver.close() == [])
  }

  @Test func itDoesNotWaitForItsBackendsWord() {
    let driver = NetDriver { $0.isHotplugged = false }
    driver.finish([.sample(100), .sample(1514, 2)])
    #expect(driver.state == .connected && driver.backend.state == 2)
    #expect(driver.backend.log == [.sample(100), .sample(1514, 2)])
    driver.receive([.sample(60, 3)])
    #expect(driver.received == [.sample(60, 3)] && driver.world.calls < 30)
    // It may still come, much later.
    driver.xen.pass(milliseconds: 100_000)
    driver.backend.isHotplugged = true
    driver.world.run()
    #expect(driver.backend.state == 4 && driver.backend.connections == 1)
    #expect(driver.state == .connected && driver.close() == [])
  }

  /// Frames may be sent as soon as the rings are there.
  @Test func whatIsSentEarlyArrives() {
    let driver = NetDriver()
    let frames = (0..<20).map { NetFrame.sample(60 + $0, $0) }
    driver.outbox = frames
    driver.world.run()
    #expect(driver.backend.log == frames && driver.close() == [])
  }

  @Test func itSaysWhatItIsLike() {
    let driver = NetDriver {
      $0.ownNodes["mtu"] = "9000"
      $0.says["ip"] = "10.0.0.2/24 fe80::1"
      $0.says["carrier"] = "0"
    }
    driver.world.run { driver.state == .connected }
    let details = driver.frontend.details
    #expect(details?.address == EthernetAddress(rawValue: 0x0016_3e01_0203))
    #expect(details?.mtu == 9000 && details?.isLinkUp == false)
    #expect(details?.ip == Array("10.0.0.2/24 fe80::1".utf8))
    #expect(details?.offloads.longFrames == true && details?.offloads.segmentsIPv6 == true)
    #expect(details?.offloads.checksumIPv4 == true && driver.close() == [])
  }

  static let features: [(String, String?, @Sendable (NetOffloads) -> Bool)] = [
    ("feature-sg", nil, { !$0.longFrames && !$0.segmentsIPv4 && !$0.segmentsIPv6 }),
    ("feature-sg", "0", { !$0.longFrames }),
    ("feature-gso-tcpv4", nil, { !$0.segmentsIPv4 && $0.segmentsIPv6 && $0.longFrames }),
    ("feature-gso-tcpv6", "0", { $0.segmentsIPv4 && !$0.segmentsIPv6 }),
    ("feature-no-csum-offload", "1", { !$0.checksumIPv4 && $0.checksumIPv6 }),
    ("feature-no-csum-offload", "0", { $0.checksumIPv4 }),
    ("feature-ipv6-csum-offload", nil, { $0.checksumIPv4 && !$0.checksumIPv6 }),
  ]

  @Test(arguments: 0..<features.count)
  func itSaysWhatItsBackendDoes(number: Int) throws {
    let (node, value, isRight) = Self.features[number]
    let driver = NetDriver.connected { $0.says[node] = .some(value) }
    #expect(isRight(try #require(driver.frontend.details).offloads))
    driver.finish([.sample(100)])
    #expect(driver.backend.log.count == 1 && driver.close() == [])
  }

  @Test(
    arguments: [
      ("68", 68), ("1280", 1280), ("1500", 1500), ("1501", 1501), ("9000", 9000), ("65521", 65521),
      (nil, 1500),
    ] as [(String?, Int)])
  func theMTUIsTheToolstacks(value: String?, mtu: Int) {
    let driver = NetDriver.connected { $0.ownNodes["mtu"] = .some(value) }
    #expect(driver.frontend.details?.mtu == mtu && driver.close() == [])
    // Longer frames than usual take several slots.
    let other = NetDriver.connected {
      $0.ownNodes["mtu"] = .some(value)
      $0.says["feature-sg"] = "0"
    }
    #expect(other.frontend.details?.mtu == min(mtu, 1500) && other.close() == [])
  }

  // MARK: Nodes that make no sense

  static let nonsense: [(String, String?, Bool)] =
    [
      nil, "", "x", "00:16:3e:01:02", "00:16:3e:01:02:03:04", "00-16-3e-01-02-03",
      "00:16:3e:01:02:0g", "01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00",
      " 00:16:3e:01:02:03", "00:16:3e:01:02:03 ", String(repeating: "0", count: 4000),
    ].map { ("mac", $0, true) }
    + [
      "", "x", "0", "67", "65522", "-1", "1500 ", "0x5dc", "4294968796", "18446744073709551616",
    ].map { ("mtu", $0, true) }
    + [nil, "", "0", "yes"].map { ("feature-rx-copy", $0, false) }
    + [
      ("feature-sg", "", false), ("feature-sg", "x", false), ("feature-gso-tcpv4", "-1", false),
      ("feature-gso-tcpv6", "1 ", false), ("feature-no-csum-offload", "", false),
      ("feature-ipv6-csum-offload", "no", false), ("carrier", "up", false),
    ]

  @Test(arguments: nonsense)
  func anInterfaceThatCannotBeIsNotUsed(node: String, value: String?, isOwn: Bool) {
    let error = NetError.unusable(node: Array(node.utf8), value: Array((value ?? "").utf8))
    let driver = NetDriver {
      if isOwn { $0.ownNodes[node] = .some(value) } else { $0.says[node] = .some(value) }
    }
    driver.finish([.sample(100)])
    #expect(driver.frontend.failure == error && driver.state == .failed)
    #expect(driver.xen.pageCount == 0 && driver.outbox.count == 1 && driver.world.calls < 20)
    // Another device in the same place is another chance.
    driver.backend.removeNodes()
    driver.world.run()
    if isOwn {
      driver.backend.ownNodes[node] = node == "mac" ? "00:16:3e:01:02:03" : "1500"
    } else {
      driver.backend.says[node] = "1"
    }
    driver.backend.attach()
    #expect(driver.world.run { driver.state == .connected })
    driver.world.run()
    #expect(driver.backend.log.count == 1 && driver.close() == [])
  }

  /// The same of a backend that was all right until now.
  @Test(arguments: nonsense.filter { !$0.2 })
  func aBackendThatCannotBeAnyMoreFails(node: String, value: String?, isOwn: Bool) {
    let driver = NetDriver.connected()
    driver.backend.says[node] = .some(value)
    driver.backend.sayAgain()
    driver.backend.state = 4
    driver.world.run()
    let error = NetError.unusable(node: Array(node.utf8), value: Array((value ?? "").utf8))
    #expect(driver.frontend.failure == error && driver.xen.pageCount == 0)
    #expect(driver.close() == [])
  }
}
