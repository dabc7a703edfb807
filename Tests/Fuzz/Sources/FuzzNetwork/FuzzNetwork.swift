// SPDX-License-Identifier: Apache-2.0

import NetIPv6
import NetStack
import NetTCP
import NetWire
import XenFrontends

/// Gives one input to a host as what its link does: frames, and time that goes by.
///
/// Each step has a byte that says what it is, two bytes of length or time, and the bytes of a frame. Checksums of half of
/// the frames are made right, so that what is behind them is reached. libFuzzer calls it by its C name,
/// `LLVMFuzzerTestOneInput`.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var steps = UnsafeBufferPointer(start: bytes, count: count)[...]
  let host = FuzzedHost()
  while steps.count >= 3 {
    let kind = steps[steps.startIndex]
    let number = Int(steps[steps.startIndex + 1]) | Int(steps[steps.startIndex + 2]) << 8
    steps = steps.dropFirst(3)
    guard kind & 1 == 0 else {
      host.wait(UInt64(number))
      continue
    }
    let length = number % 2048
    host.receive(
      Array(steps.prefix(length)), isRepaired: kind & 2 != 0, isVerified: kind & 4 != 0)
    steps = steps.dropFirst(length)
  }
  host.wait(600_000)
  return 0
}

/// A host with an address of each version, open ports, a listener that echoes, and connections that it has begun.
private final class FuzzedHost {
  private let stack: NetStack
  private let tcp = TCPHost(secret: (1, 2))
  private let layer: IPv6Layer
  private let port: DatagramPort?
  private let listener: TCPListener?
  private var connections: [TCPConnection] = []
  private var now = SystemTime(rawValue: 1_000_000_000)
  private var sent = 0

  init() {
    let link = NetStack.Link(Self.station, mtu: 1500, completesChecksums: false)
    stack = NetStack(link, secret: (3, 4))
    layer = IPv6Layer(link, secret: (5, 6), now: now)
    stack.configure(
      IPv4Configuration(
        IPv4Prefix(IPv4Address(10, 0, 0, 2), length: 24), gateway: IPv4Address(10, 0, 0, 1),
        nameServers: [IPv4Address(10, 0, 0, 1)]), now: now)
    stack.add(TCPTransport(tcp))
    stack.add(layer, now: now)
    port = try? stack.openPort(7)
    listener = try? tcp.listen(on: 80, backlog: 4)
    // Until the address of the link is used.
    for _ in 0..<4 { wait(500) }
    let peer = NetEndpoint(.v4(IPv4Address(10, 0, 0, 1)), port: 80)
    if let begun = try? tcp.connect(to: peer, from: .v4(IPv4Address(10, 0, 0, 2)), now: now) {
      connections.append(begun)
    }
    let neighbour = NetEndpoint(.v6(Self.neighbour), port: 80)
    if let begun = try? tcp.connect(to: neighbour, from: .v6(Self.near), now: now) {
      connections.append(begun)
    }
    if let name = DNSName(Array("a.example".utf8)) { _ = stack.lookUp(name, now: now) }
    drain()
  }

  private static let station = EthernetAddress(rawValue: 0x0016_3E00_0002)
  private static let near = IPv6Address.linkLocal(of: station)
  private static let neighbour = IPv6Address.linkLocal(
    of: EthernetAddress(rawValue: 0x0016_3E00_0001))

  func wait(_ milliseconds: UInt64) {
    now = now.advanced(byMilliseconds: milliseconds)
    drain()
  }

  func receive(_ frame: [UInt8], isRepaired: Bool, isVerified: Bool) {
    let frame = isRepaired ? repaired(frame) : frame
    stack.receive(frame.span.bytes, isVerified: isVerified, now: now)
    while let datagram = port?.take() {
      if let port { try? stack.send(datagram.bytes, from: port, to: datagram.sender, now: now) }
    }
    while let connection = listener?.accept() { connections.append(connection) }
    for connection in connections {
      let bytes = connection.read(atMost: 1000)
      _ = connection.write(bytes)
      if connection.isAtEnd { connection.finish() }
    }
    connections.removeAll { $0.isOver }
    drain()
  }

  private func drain() {
    var frames = 0
    while let frame = stack.nextFrame(now: now) {
      precondition(frame.count >= 42 && frame.count <= 1514, "a frame fits the link")
      frames += 1
      precondition(frames < 1000, "a turn ends")
    }
    precondition(
      layer.addresses.count <= 8 && layer.routers.count <= 4 && layer.neighbourCount <= 64,
      "tables are bounded")
    precondition(tcp.connectionCount <= 256 && tcp.bufferBytes <= 1 << 20, "memory is bounded")
  }

  /// The frame with its destination, and the checksums of IPv4, ICMP, UDP and TCP, made right.
  private func repaired(_ frame: [UInt8]) -> [UInt8] {
    var frame = frame
    guard frame.count >= 34 else { return frame }
    if frame[12] == 0x86, frame[13] == 0xDD { return repairedIPv6(frame) }
    frame.replaceSubrange(0..<6, with: [0x00, 0x16, 0x3E, 0, 0, 2])
    guard frame[12] == 8, frame[13] == 0 else { return frame }
    frame.replaceSubrange(26..<34, with: [10, 0, 0, 1, 10, 0, 0, 2])
    frame[14] = 0x45
    (frame[16], frame[17]) = (UInt8((frame.count - 14) >> 8), UInt8((frame.count - 14) & 255))
    set(&frame, at: 24, of: 14..<34, InternetChecksum())
    let pseudo = InternetChecksum(
      from: .v4(IPv4Address(10, 0, 0, 1)), to: .v4(IPv4Address(10, 0, 0, 2)),
      protocolNumber: frame[23], count: frame.count - 34)
    switch frame[23] {
    case 1 where frame.count >= 38:
      set(&frame, at: 36, of: 34..<frame.count, InternetChecksum())
    case 6 where frame.count >= 54: set(&frame, at: 50, of: 34..<frame.count, pseudo)
    case 17 where frame.count >= 42:
      (frame[38], frame[39]) = (frame[16], UInt8((frame.count - 34) & 255))
      frame[38] = UInt8((frame.count - 34) >> 8)
      set(&frame, at: 40, of: 34..<frame.count, pseudo)
    default: break
    }
    return frame
  }

  /// The same for IPv6: addresses of the link, or all hosts, what is not extensions at once behind the header.
  private func repairedIPv6(_ frame: [UInt8]) -> [UInt8] {
    var frame = frame
    guard frame.count >= 62 else { return frame }
    let destination = frame[5] & 1 == 0 ? Self.near : .allNodes
    var header = PacketWriter()
    header.append(frame[5] & 1 == 0 ? Self.station : destination.groupStation)
    header.append([0x00, 0x16, 0x3E, 0, 0, 1, 0x86, 0xDD, 0x60, 0, 0, 0])
    header.appendBig16(UInt16(frame.count - 54))
    header.append([frame[20], frame[21]])
    header.append(Self.neighbour)
    header.append(destination)
    frame.replaceSubrange(0..<54, with: header.bytes)
    let pseudo = InternetChecksum(
      from: .v6(Self.neighbour), to: .v6(destination), protocolNumber: frame[20],
      count: frame.count - 54)
    switch frame[20] {
    case 58: set(&frame, at: 56, of: 54..<frame.count, pseudo)
    case 6 where frame.count >= 74: set(&frame, at: 70, of: 54..<frame.count, pseudo)
    case 17:
      (frame[58], frame[59]) = (frame[18], frame[19])
      set(&frame, at: 60, of: 54..<frame.count, pseudo)
    default: break
    }
    return frame
  }

  private func set(
    _ frame: inout [UInt8], at place: Int, of range: Range<Int>, _ start: InternetChecksum
  ) {
    (frame[place], frame[place + 1]) = (0, 0)
    var checksum = start
    checksum.add(Array(frame[range]))
    (frame[place], frame[place + 1]) = (UInt8(checksum.value >> 8), UInt8(checksum.value & 255))
  }
}
