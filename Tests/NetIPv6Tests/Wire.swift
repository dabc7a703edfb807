// SPDX-License-Identifier: Apache-2.0

import NetIPv6
import NetStack
import NetTCP
import NetWire
import XenFrontends

/// A host with IPv6, and TCP, on a wire.
final class Node {
  let stack: NetStack
  let layer: IPv6Layer
  let tcp: TCPHost
  let station: EthernetAddress
  /// What it has sent, from Ethernet's header on.
  var sent: [[UInt8]] = []

  init(
    _ number: UInt8, mtu: Int = 1500, settings: IPv6Settings = .automatic, now: SystemTime,
    change: (inout NetStack.Link) -> Void = { _ in }
  ) {
    station = Self.station(number)
    var link = NetStack.Link(station, mtu: mtu, completesChecksums: false)
    change(&link)
    stack = NetStack(link, secret: (UInt64(number), 42))
    layer = IPv6Layer(link, settings, secret: (UInt64(number), 43), now: now)
    tcp = TCPHost(secret: (UInt64(number), 7))
    stack.add(TCPTransport(tcp))
    stack.add(layer, now: now)
  }

  static func station(_ number: UInt8) -> EthernetAddress {
    EthernetAddress(rawValue: 0x0016_3E00_0000 | UInt64(number))
  }

  /// The address that a node with a number gives itself on the link.
  static func near(_ number: UInt8) -> IPv6Address { .linkLocal(of: station(number)) }

  var near: IPv6Address { .linkLocal(of: station) }

  func frames(_ now: SystemTime) -> [[UInt8]] {
    var frames: [[UInt8]] = []
    while let frame = stack.nextFrame(now: now) {
      var bytes = [UInt8](repeating: 0, count: frame.count)
      var items = bytes.mutableSpan
      var span = items.mutableBytes
      frame.copy(from: 0, into: &span)
      frames.append(bytes)
    }
    sent += frames
    return frames
  }
}

/// A wire between nodes. Frames take no time.
final class Wire {
  var now = SystemTime(rawValue: 1_000_000_000)
  var nodes: [Node] = []
  /// Whether a frame is lost.
  var loses: ([UInt8]) -> Bool = { _ in false }

  func add(
    _ number: UInt8, mtu: Int = 1500, settings: IPv6Settings = .automatic,
    change: (inout NetStack.Link) -> Void = { _ in }
  ) -> Node {
    let node = Node(number, mtu: mtu, settings: settings, now: now, change: change)
    nodes.append(node)
    return node
  }

  /// Carries frames until all are silent.
  func settle() {
    for _ in 0..<10_000 {
      var isSilent = true
      for node in nodes {
        for frame in node.frames(now) {
          isSilent = false
          if !loses(frame) { carry(frame, from: node) }
        }
      }
      if isSilent { return }
    }
    fatalError("the nodes never stop talking")
  }

  /// Gives a frame to all nodes.
  func carry(_ frame: [UInt8], from sender: Node? = nil, isVerified: Bool = false) {
    for node in nodes where node !== sender {
      node.stack.receive(frame.span.bytes, isVerified: isVerified, now: now)
    }
  }

  /// Lets time go by, and wakes who wants to be woken.
  func run(_ milliseconds: UInt64) {
    let end = now.advanced(byMilliseconds: milliseconds)
    settle()
    while let next = nodes.compactMap({ $0.stack.deadline }).min(), next <= end {
      now = max(now, next)
      settle()
    }
    now = end
    settle()
  }
}

extension Wire {
  /// Carries what a router says of one prefix.
  func advertise(
    seconds: UInt16 = 1800, valid: UInt32 = 86_400, preferred: UInt32 = 14_400,
    network: String = "2001:db8::/64", isOnLink: Bool = true, isForAddresses: Bool = true,
    from router: IPv6Address = Frame.routerAddress, hopLimit: UInt8 = 255,
    change: (inout RouterAdvertisement) -> Void = { _ in }
  ) {
    var message = RouterAdvertisement(seconds: seconds, station: Frame.router)
    message.prefixes = [
      AdvertisedPrefix(
        prefix(network), isOnLink: isOnLink, isForAddresses: isForAddresses, validSeconds: valid,
        preferredSeconds: preferred)
    ]
    change(&message)
    carry(Frame.advertisement(message, from: router, hopLimit: hopLimit))
  }
}

/// Frames that a test makes and reads.
enum Frame {
  static let router = Node.station(1)
  static let routerAddress = Node.near(1)

  static func ipv6(
    _ header: IPv6Header, _ payload: [UInt8], from source: EthernetAddress = router,
    to station: EthernetAddress
  ) -> [UInt8] {
    var writer = PacketWriter()
    EthernetHeader(to: station, from: source, .ipv6).append(to: &writer)
    header.append(to: &writer)
    writer.append(payload)
    return writer.bytes
  }

  static func icmp(
    _ message: [UInt8], from source: IPv6Address = routerAddress, to destination: IPv6Address,
    hopLimit: UInt8 = 255, at sender: EthernetAddress = router, station: EthernetAddress? = nil
  ) -> [UInt8] {
    var header = IPv6Header(
      from: source, to: destination, .icmpV6, payloadCount: message.count)
    header.hopLimit = hopLimit
    return ipv6(header, message, from: sender, to: station ?? destination.groupStation)
  }

  static func advertisement(
    _ message: RouterAdvertisement, from router: IPv6Address = routerAddress,
    hopLimit: UInt8 = 255
  ) -> [UInt8] {
    icmp(
      message.bytes(from: router, to: .allNodes), from: router, to: .allNodes, hopLimit: hopLimit)
  }

  static func udp(
    _ payload: [UInt8], from sender: (IPv6Address, UInt16), to receiver: (IPv6Address, UInt16)
  ) -> [UInt8] {
    var writer = PacketWriter()
    UDPHeader(from: sender.1, to: receiver.1, payloadCount: payload.count).append(
      to: &writer, payload, from: .v6(sender.0), to: .v6(receiver.0), isCompletedLater: false)
    return writer.bytes
  }

  /// The IPv6 header and payload of a frame.
  static func content(_ frame: [UInt8]) -> (header: IPv6Header, payload: [UInt8])? {
    let packet = Array(frame.dropFirst(14))
    guard EthernetHeader(frame.span.bytes)?.type == .ipv6,
      let header = IPv6Header(packet.span.bytes)
    else { return nil }
    return (header, Array(packet[header.size..<(header.size + header.payloadCount)]))
  }

  /// The station that a frame is for.
  static func receiver(_ frame: [UInt8]) -> EthernetAddress? {
    EthernetHeader(frame.span.bytes)?.destination
  }

  static func message(_ frame: [UInt8]) -> ICMPv6Message? {
    guard let (header, payload) = content(frame), header.protocolNumber == .icmpV6 else {
      return nil
    }
    return ICMPv6Message(payload.span.bytes, header)
  }
}

func address(_ text: String) -> IPv6Address {
  guard let address = IPv6Address(Array(text.utf8)) else { fatalError("\(text) is no address") }
  return address
}

func prefix(_ text: String) -> IPv6Prefix {
  guard let prefix = IPv6Prefix(Array(text.utf8)) else { fatalError("\(text) is no prefix") }
  return prefix
}
