// SPDX-License-Identifier: Apache-2.0

import NetStack
import NetWire
import Testing

@Suite struct DatagramTests {
  private let one = Host(2)
  private let other = Host(3)

  @Test(arguments: [0, 1, 100, 1472, 1473, 5000, 65_507])
  func datagramsArriveAsTheyWereSent(count: Int) throws {
    let here = try one.stack.openPort(1000)
    let there = try other.stack.openPort(2000)
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 13) }
    let receiver = NetEndpoint(.v4(Host.address(3)), port: 2000)
    // The first large one may lose parts while the station is asked for.
    try one.stack.send([1], from: here, to: receiver, now: one.now)
    Host.exchange(one, other)
    #expect(there.take()?.bytes == [1])
    try one.stack.send(bytes, from: here, to: receiver, now: one.now)
    Host.exchange(one, other)
    #expect(there.take() == Datagram(bytes, from: NetEndpoint(.v4(Host.address(2)), port: 1000)))
  }

  @Test func aClosedPortIsTold() throws {
    let here = try one.stack.openPort(1000)
    let receiver = NetEndpoint(.v4(Host.address(3)), port: 2000)
    try one.stack.send([1], from: here, to: receiver, now: one.now)
    Host.exchange(one, other)
    #expect(here.takeRefusal() == receiver)
    #expect(here.takeRefusal() == nil)
  }

  @Test func aClosedPortIsToldOfDatagramsInParts() throws {
    let here = try one.stack.openPort(1000)
    let receiver = NetEndpoint(.v4(Host.address(3)), port: 2000)
    for _ in 0..<2 {
      try one.stack.send([UInt8](repeating: 1, count: 3000), from: here, to: receiver, now: one.now)
      Host.exchange(one, other)
    }
    #expect(here.takeRefusal() == receiver)
  }

  @Test(arguments: [68, 576, 1001])
  func smallLinksCarryTheLargestDatagram(mtu: Int) throws {
    let (one, other) = (Host(2, mtu: mtu, isNew: true), Host(3, mtu: 1500))
    let here = try one.stack.openPort(1000)
    let there = try other.stack.openPort(2000)
    // As many parts as the receiver takes.
    let bytes = [UInt8](repeating: 7, count: min(65_507, 128 * ((mtu - 20) / 8 * 8) - 8))
    #expect(one.stack.hasRoom(for: bytes.count) == false)
    _ = one.frames()
    #expect(one.stack.hasRoom(for: bytes.count))
    let receiver = NetEndpoint(.v4(Host.address(3)), port: 2000)
    try one.stack.send(bytes, from: here, to: receiver, now: one.now)
    try one.stack.send([1], from: here, to: receiver, now: one.now)
    Host.exchange(one, other)
    #expect(there.take()?.bytes == bytes)
    #expect(there.take()?.bytes == [1])
  }

  @Test func whatWaitsForStationsIsBounded() throws {
    let port = try one.stack.openPort(1000)
    _ = one.frames()
    for number in 10..<60 as Range<UInt8> {
      try one.stack.send(
        [UInt8](repeating: number, count: 60_000), from: port,
        to: NetEndpoint(.v4(Host.address(number)), port: 7), now: one.now)
    }
    #expect(one.stack.counters.sendDrops == 48)
  }

  @Test func complaintsAreFew() throws {
    for _ in 0..<500 {
      other.receive(
        TestFrame.udp(
          [1], from: (Host.address(2), 9), to: (Host.address(3), 9), station: other.station)
      )
    }
    Host.exchange(one, other)
    other.wait(1000)
    for _ in 0..<500 {
      other.receive(
        TestFrame.udp(
          [1], from: (Host.address(2), 9), to: (Host.address(3), 9), station: other.station)
      )
    }
    #expect(other.frames().count == 10)
  }

  @Test func whatIsNotTakenIsDroppedAndCounted() throws {
    let port = try other.stack.openPort(2000)
    for number in 0..<200 {
      other.receive(
        TestFrame.udp(
          [UInt8(number)], from: (Host.address(2), 9), to: (Host.address(3), 2000),
          station: other.station))
    }
    #expect(port.drops == 200 - DatagramPort.queueLimit)
    var taken = 0
    while let datagram = port.take() {
      #expect(datagram.bytes == [UInt8(taken)])
      taken += 1
    }
    #expect(taken == DatagramPort.queueLimit)
  }

  @Test func aWrongChecksumIsDroppedUnlessTheLinkVouches() throws {
    let port = try other.stack.openPort(2000)
    var frame = TestFrame.udp(
      [1, 2, 3], from: (Host.address(2), 9), to: (Host.address(3), 2000), station: other.station)
    frame[frame.count - 1] ^= 1
    other.receive(frame)
    #expect(port.take() == nil)
    #expect(other.stack.counters.malformed == 1)
    other.receive(frame, isVerified: true)
    #expect(port.take()?.bytes == [1, 2, 2])
  }

  @Test func theLinkMayCompleteChecksums() throws {
    let host = Host(4, completesChecksums: true)
    let port = try host.stack.openPort(1000)
    try host.stack.send(
      [1, 2, 3], from: port, to: NetEndpoint(.v4(.broadcast), port: 9), now: host.now)
    var blank = 0
    while let frame = host.stack.nextFrame(now: host.now) {
      guard frame.isChecksumBlank else { continue }
      blank += 1
      let sum = InternetChecksum(
        from: .v4(Host.address(4)), to: .v4(.broadcast), protocolNumber: 17, count: 11
      ).sum
      #expect(Array(frame.header[40..<42]) == [UInt8(sum >> 8), UInt8(sum & 255)])
    }
    #expect(blank == 1)
  }

  @Test func portsAreBoundedAndNotSharedAndReused() throws {
    let port = try one.stack.openPort(1000)
    #expect(throws: DatagramError.portInUse(1000)) { try one.stack.openPort(1000) }
    one.stack.close(port)
    #expect(throws: DatagramError.closed) {
      try one.stack.send(
        [], from: port, to: NetEndpoint(.v4(Host.address(3)), port: 1), now: one.now)
    }
    var numbers: Set<UInt16> = []
    for _ in 0..<NetStack.portLimit { numbers.insert(try one.stack.openPort().number) }
    #expect(numbers.count == NetStack.portLimit)
    #expect(numbers.allSatisfy { $0 >= 49_152 })
    #expect(throws: DatagramError.tooManyPorts) { try one.stack.openPort() }
  }

  @Test func aClosedHostHasNoPortsAndNoQuestions() throws {
    let port = try one.stack.openPort(1000)
    let name = try #require(DNSName(Array("a.example".utf8)))
    let lookup = one.stack.lookUp(name, now: one.now)
    _ = one.frames()
    one.stack.close()
    #expect(!port.isOpen)
    #expect(lookup.outcome == .notAsked)
    #expect(one.stack.configuration == nil)
    #expect(one.frames().isEmpty)
  }

  @Test func whatCannotBeSentIsRefused() throws {
    let host = Host(4, isConfigured: false)
    let port = try host.stack.openPort(1)
    let there = NetEndpoint(.v4(Host.address(3)), port: 1)
    #expect(throws: DatagramError.noAddress) {
      try host.stack.send([], from: port, to: there, now: host.now)
    }
    host.stack.configure(IPv4Configuration(IPv4Prefix(Host.address(4), length: 24)), now: host.now)
    let far = NetEndpoint(.v4(IPv4Address(8, 8, 8, 8)), port: 1)
    #expect(throws: DatagramError.noRoute(far.address)) {
      try host.stack.send([], from: port, to: far, now: host.now)
    }
    #expect(throws: DatagramError.tooLarge(65_508)) {
      try host.stack.send(
        [UInt8](repeating: 0, count: 65_508), from: port, to: there, now: host.now)
    }
  }

  @Test func otherNetworksAreReachedByTheGateway() throws {
    let port = try one.stack.openPort(1)
    _ = one.frames()
    try one.stack.send(
      [7], from: port, to: NetEndpoint(.v4(IPv4Address(8, 8, 8, 8)), port: 1), now: one.now)
    #expect(one.frames().compactMap { TestFrame.arp(of: $0)?.targetAddress } == [Host.address(1)])
  }
}
