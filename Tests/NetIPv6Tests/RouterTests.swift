// SPDX-License-Identifier: Apache-2.0

import NetIPv6
import NetStack
import NetTCP
import NetWire
import Testing
import XenFrontends

/// What routers say of a link, and for how long it counts.
@Suite struct RouterTests {
  private let wire = Wire()
  private let node: Node
  private let global = address("2001:db8::216:3eff:fe00:2")

  init() {
    node = wire.add(2)
    wire.run(20_000)
    node.sent = []
  }

  /// The station to which a datagram for an address goes; nil if there is no way.
  private func way(to destination: String) throws -> EthernetAddress? {
    let port = try node.stack.openPort()
    defer { node.stack.close(port) }
    node.sent = []
    let receiver = NetEndpoint(.v6(address(destination)), port: 9)
    do throws(DatagramError) {
      try node.stack.send([1], from: port, to: receiver, now: wire.now)
    } catch {
      return nil
    }
    wire.settle()
    return node.sent.last.flatMap { Frame.receiver($0) }
  }

  @Test func aPrefixGivesAnAddressAndARouterAWay() throws {
    #expect(try way(to: "2001:db8:5::1") == nil)
    wire.advertise()
    wire.run(999)
    #expect(node.layer.globalAddresses.isEmpty)
    wire.run(1)
    #expect(node.layer.globalAddresses == [global])
    #expect(node.layer.routers == [Frame.routerAddress])
    #expect(try way(to: "2001:db8:5::1") == Frame.router)
    // Of the link, so its own station is asked for.
    let target = address("2001:db8::77")
    #expect(try way(to: "2001:db8::77") == target.solicitedNodeGroup.groupStation)
  }

  @Test func whatIsWrongIsNotHeard() {
    let wrong: [(inout RouterAdvertisement) -> Void] = [{ _ in }, { $0.prefixes = [] }]
    wire.advertise(hopLimit: 254)
    wire.advertise(from: address("2001:db8::1"))
    for change in wrong { wire.advertise(hopLimit: 1, change: change) }
    wire.advertise(seconds: 0, network: "fe80::/64")
    wire.advertise(seconds: 0, network: "2001:db8::/63", isOnLink: false)
    wire.advertise(seconds: 0, valid: 100, preferred: 200, isOnLink: false)
    wire.advertise(seconds: 0, isOnLink: false, isForAddresses: false)
    wire.advertise(seconds: 0, network: "ff02::/64", isOnLink: false)
    wire.run(2000)
    #expect(node.layer.addresses.count == 1 && node.layer.routers.isEmpty)
    #expect(node.stack.deadline == nil)
  }

  @Test func anAddressIsDeprecatedAndThenGone() throws {
    wire.advertise(valid: 10_000, preferred: 100)
    wire.run(2000)
    wire.advertise(valid: 20_000, preferred: 20_000, network: "2001:db8:1::/64") {
      $0.seconds = 1800
    }
    wire.run(2000)
    let other = address("2001:db8:1::216:3eff:fe00:2")
    #expect(node.layer.globalAddresses == [global, other])
    func source(_ peer: String) -> IPv6Address? {
      guard case .v6(let found)? = node.stack.source(for: .v6(address(peer)), now: wire.now) else {
        return nil
      }
      return found
    }
    #expect(source("2001:db8::5") == global && source("2001:db8:1::5") == other)
    #expect(source("fe80::1") == node.near && source("ff02::1") == node.near)
    wire.run(100_000)
    // Nothing begins from the one that is not preferred, as long as there is another.
    #expect(source("2001:db8::5") == other)
    let connection = try node.tcp.connect(
      to: NetEndpoint(.v6(address("2001:db8::5")), port: 80), from: .v6(global), now: wire.now)
    wire.run(9_890_000)
    #expect(node.layer.globalAddresses == [global, other])
    wire.run(10_000)
    #expect(node.layer.globalAddresses == [other])
    #expect(connection.failure != nil)
    wire.run(20_000_000)
    #expect(node.layer.globalAddresses.isEmpty && node.layer.addresses.count == 1)
  }

  @Test func whatIsNotPreferredIsBetterThanNothing() {
    wire.advertise(valid: 10_000, preferred: 0)
    wire.run(2000)
    #expect(node.stack.source(for: .v6(address("2001:db8:7::1")), now: wire.now) == .v6(global))
    #expect(node.stack.source(for: .v6(address("fe80::1")), now: wire.now) == .v6(node.near))
    #expect(node.stack.source(for: .v4(IPv4Address(10, 0, 0, 1)), now: wire.now) == nil)
  }

  @Test func aConnectionEndsWithItsAddress() throws {
    wire.advertise(valid: 7300, preferred: 7300)
    wire.run(7_299_000)
    let connection = try node.tcp.connect(
      to: NetEndpoint(.v6(address("2001:db8:9::5")), port: 80), from: .v6(global), now: wire.now)
    wire.run(500)
    #expect(connection.failure == nil)
    wire.run(2000)
    #expect(connection.failure == .addressLost)
  }

  /// Nobody can take an address away at once: RFC 4862, section 5.5.3 e.
  @Test func aLifeIsNotMadeShorterThanTwoHours() {
    wire.advertise(valid: 100_000, preferred: 1000)
    wire.run(2000)
    func left() -> UInt64 {
      ((node.layer.addresses.last?.validUntil.rawValue ?? 0) - wire.now.rawValue) / 1_000_000_000
    }
    #expect(left() == 99_998)
    wire.advertise(valid: 0, preferred: 0)
    #expect(left() == 7200)
    #expect(node.layer.addresses.last?.preferredUntil == wire.now)
    wire.run(200_000)
    wire.advertise(valid: 7199, preferred: 0)
    #expect(left() == 7199)
    wire.advertise(valid: 60, preferred: 0)
    #expect(left() == 7199)
    wire.advertise(valid: 7201, preferred: 0)
    #expect(left() == 7201)
    wire.advertise(valid: .max, preferred: .max)
    #expect(node.layer.addresses.last?.validUntil.rawValue == .max)
    wire.advertise(valid: 1, preferred: 1)
    #expect(left() == 7200)
  }

  @Test func aRouterThatGoesOrIsSilentIsNotUsed() throws {
    wire.advertise()
    let second = Node.near(7)
    wire.run(2000)
    #expect(node.layer.routers == [Frame.routerAddress])
    wire.advertise(seconds: 100, from: second)
    #expect(node.layer.routers == [Frame.routerAddress, second])
    wire.run(100_000)
    #expect(node.layer.routers == [Frame.routerAddress])
    wire.advertise(seconds: 600, from: second)
    // The first one is asked for when something is sent, and does not answer.
    _ = try way(to: "2001:db8:5::1")
    wire.run(4000)
    #expect(node.layer.routers == [second, Frame.routerAddress])
    wire.advertise(seconds: 0)
    #expect(node.layer.routers == [second])
    wire.run(600_000)
    #expect(node.layer.routers.isEmpty)
    #expect(try way(to: "2001:db8:5::1") == nil)
  }

  @Test func whoIsNoRouterAnyMoreIsNotUsed() {
    wire.advertise()
    #expect(node.layer.routers == [Frame.routerAddress])
    var answer = NeighbourAdvertisement(
      of: Frame.routerAddress, at: Frame.router, isSolicited: false)
    answer.isRouter = true
    for (isRouter, count) in [(true, 1), (false, 0)] {
      answer.isRouter = isRouter
      wire.carry(
        Frame.icmp(answer.bytes(from: Frame.routerAddress, to: .allNodes), to: .allNodes))
      #expect(node.layer.routers.count == count)
    }
  }
}
