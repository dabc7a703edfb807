// SPDX-License-Identifier: Apache-2.0

import ByteText
public import NetWire
public import XenDevices
import XenstoreWire

/// What an interface is like, as its nodes say.
public struct NetDetails: Equatable, Sendable {
  /// The interface's own address. Node `mac` of the frontend.
  public let address: EthernetAddress
  /// Bytes of a packet in a frame: what follows the Ethernet header. Node `mtu` of the frontend, 1500 at most if
  /// either end takes no frames of several slots.
  public private(set) var mtu: Int
  /// What the toolstack says of the addresses of IP, as it was written: `10.0.0.2/24`. Node `ip` of the backend.
  public let ip: [UInt8]?
  /// Whether the backend's link was up when its state changed the last time. Node `carrier` of the backend, which
  /// most do not have.
  public let isLinkUp: Bool
  /// What the backend does with frames that are sent.
  public let offloads: NetOffloads
  /// Whether the backend takes a channel for each ring. Node `feature-split-event-channels` of the backend.
  let hasChannelForEach: Bool

  /// The frontend's nodes, in the order of `init`.
  static var ownNodes: [[UInt8]] { [[UInt8](text: "mac"), [UInt8](text: "mtu")] }

  /// The backend's nodes, in the order of `init`.
  static var nodes: [[UInt8]] {
    [
      [UInt8](text: "feature-rx-copy"), [UInt8](text: "feature-sg"),
      [UInt8](text: "feature-gso-tcpv4"), [UInt8](text: "feature-gso-tcpv6"),
      [UInt8](text: "feature-no-csum-offload"), [UInt8](text: "feature-ipv6-csum-offload"),
      [UInt8](text: "carrier"), [UInt8](text: "ip"),
      [UInt8](text: "feature-split-event-channels"),
    ]
  }

  /// What a host has to be able to receive, and the longest packet in a frame whose length has 16 bits. The first
  /// is RFC 791's.
  static var mtuRange: ClosedRange<UInt64> { 68...65_521 }
  /// Without frames of several slots; also what there is if nothing is said.
  static var usualMTU: Int { 1500 }

  /// The details that the nodes' values say.
  ///
  /// - Throws: `NetError.unusable` with the first value that makes no sense.
  init(own: [[UInt8]?], backend: [[UInt8]?]) throws(NetError) {
    func feature(_ place: Int, _ standard: Bool = false) throws(NetError) -> Bool {
      guard let value = backend[place] else { return standard }
      guard let number = value.decimalValue else {
        throw .unusable(node: Self.nodes[place], value: value)
      }
      return number != 0
    }
    guard let text = own[0], let address = EthernetAddress(text), !address.isMulticast,
      address.rawValue != 0
    else {
      throw .unusable(node: Self.ownNodes[0], value: own[0] ?? [])
    }
    // Pages that change their owner are gone from Xen.
    guard try feature(0) else { throw .unusable(node: Self.nodes[0], value: backend[0] ?? []) }
    self.address = address
    let hasSlots = try feature(1)
    let (segmentsIPv4, segmentsIPv6) = (try feature(2), try feature(3))
    offloads = NetOffloads(
      longFrames: hasSlots, segmentsIPv4: hasSlots && segmentsIPv4,
      segmentsIPv6: hasSlots && segmentsIPv6, checksumIPv4: try !feature(4),
      checksumIPv6: try feature(5))
    isLinkUp = try feature(6, true)
    ip = backend[7]
    hasChannelForEach = try feature(8)
    var mtu = Self.usualMTU
    if let text = own[1] {
      guard let number = text.decimalValue, Self.mtuRange.contains(number) else {
        throw .unusable(node: Self.ownNodes[1], value: text)
      }
      mtu = Int(number)
    }
    self.mtu = mtu
    if !hasSlots { keepToOneSlot() }
  }

  /// One of the ends takes no frames of several slots.
  mutating func keepToOneSlot() { mtu = min(mtu, Self.usualMTU) }
}

/// What a backend does with frames that are sent.
public struct NetOffloads: Equatable, Sendable {
  /// Whether it takes frames that are longer than a page. C name: `feature-sg`.
  public let longFrames: Bool
  /// Whether it cuts TCP of IPv4 into segments. C name: `feature-gso-tcpv4`.
  public let segmentsIPv4: Bool
  /// Whether it cuts TCP of IPv6. C name: `feature-gso-tcpv6`.
  public let segmentsIPv6: Bool
  /// Whether it completes checksums of IPv4. C name, for the opposite: `feature-no-csum-offload`.
  public let checksumIPv4: Bool
  /// Whether it completes checksums of IPv6. C name: `feature-ipv6-csum-offload`.
  public let checksumIPv6: Bool

  /// Whether it takes a frame.
  func take(_ count: Int, _ offload: NetOffload) -> Bool {
    if count > 4096, !longFrames { return false }
    if offload.segmentSize > 0, !(offload.isIPv6 ? segmentsIPv6 : segmentsIPv4) { return false }
    return !offload.isBlank || (offload.isIPv6 ? checksumIPv6 : checksumIPv4)
  }
}

/// Why an interface failed.
public enum NetError: Error, Equatable, Sendable {
  /// A node has a value that makes no sense; empty if there is no such node.
  case unusable(node: [UInt8], value: [UInt8])
  /// There is no page for rings or frames.
  case noPage(DevicePageError)
  /// The backend broke the protocol, in this way; the interface works no more.
  case broken(NetFault)
  /// The interface was closed.
  case closed
}

/// How a backend broke the protocol.
public enum NetFault: Error, Equatable, Sendable {
  /// A ring's indices are impossible.
  case indices
  /// A response to a frame that is not under way.
  case unknownResponse
  /// A frame in another buffer than the one whose turn it was.
  case wrongBuffer
  /// It did not let go of pages after it had closed.
  case heldPages
}

/// How an interface is doing.
public enum NetState: Equatable, Sendable {
  /// The backend is not there yet.
  case connecting
  /// Frames may be sent; the backend takes them as soon as it is connected, too.
  case connected
  /// The backend has gone away, and is waited for.
  case reconnecting
  /// The interface was taken away.
  case detached
  /// `failure` says why.
  case failed
  case closed
}
