// SPDX-License-Identifier: Apache-2.0

public import NetWire
public import XenFrontends

/// A frame that is to be sent.
public struct OutgoingFrame {
  /// All that comes before the payload: the headers, from Ethernet's on.
  public var header: [UInt8]
  public var payload: PacketPayload
  /// Whether UDP's or TCP's checksum has only the pseudo-header's sum, and the link completes it.
  public var isChecksumBlank = false
  /// How many bytes of payload a packet may have, if the link is to cut the frame; else 0.
  public var segmentSize = 0
  /// Whether it is of IPv6.
  public private(set) var isIPv6 = false

  init(_ header: [UInt8], _ payload: PacketPayload = .none) {
    self.header = header
    self.payload = payload
  }

  /// A frame of IPv6.
  package init(ipv6 header: [UInt8], _ payload: PacketPayload = .none) {
    self.init(header, payload)
    isIPv6 = true
  }

  /// Bytes in all.
  public var count: Int { header.count + payload.count }

  /// Copies the bytes from an offset on, as many as there is room for: so many the frame must have.
  public func copy(from offset: Int, into page: inout MutableRawSpan) {
    var written = 0
    if offset < header.count {
      written = min(header.count - offset, page.byteCount)
      // SAFETY: the range is within the span.
      unsafe page.withUnsafeMutableBytes {
        unsafe $0.copyBytes(from: header[offset..<(offset + written)])
      }
    }
    if written < page.byteCount {
      var rest = page._mutatingExtracting(written..<page.byteCount)
      payload.copy(offset + written - header.count, &rest)
    }
  }

  /// The same with all bytes of its own.
  public func kept() -> OutgoingFrame {
    var kept = self
    kept.payload = .bytes(payload.array)
    return kept
  }
}

/// The bytes that follow a packet's headers; they may be copied from where they are when the packet is sent.
public struct PacketPayload {
  public let count: Int
  /// Fills a span with the bytes from an offset on.
  public let copy: (_ offset: Int, _ span: inout MutableRawSpan) -> Void

  public init(count: Int, copy: @escaping (_ offset: Int, _ span: inout MutableRawSpan) -> Void) {
    self.count = count
    self.copy = copy
  }

  public static var none: PacketPayload { PacketPayload(count: 0) { _, _ in } }

  /// A payload of its own.
  public static func bytes(_ bytes: [UInt8]) -> PacketPayload {
    PacketPayload(count: bytes.count) { offset, span in
      let count = span.byteCount
      // SAFETY: the slice has as many bytes as the span.
      unsafe span.withUnsafeMutableBytes {
        unsafe $0.copyBytes(from: bytes[offset..<(offset + count)])
      }
    }
  }

  /// A copy of the bytes.
  public var array: [UInt8] {
    guard count > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: count)
    // SAFETY: bytes have no padding.
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    copy(0, &raw)
    return bytes
  }
}

/// A packet of a transport protocol, which IP carries.
public struct OutgoingPacket {
  public var protocolNumber: ProtocolNumber
  public var source: IPAddress
  public var destination: IPAddress
  /// The transport's header.
  public var header: [UInt8]
  public var payload: PacketPayload
  public var isChecksumBlank: Bool
  public var segmentSize: Int
  /// What IP's header says of how networks treat the packet.
  public var trafficClass: UInt8 = 0

  public init(
    _ protocolNumber: ProtocolNumber, from source: IPAddress, to destination: IPAddress,
    header: [UInt8], _ payload: PacketPayload, isChecksumBlank: Bool, segmentSize: Int = 0
  ) {
    self.protocolNumber = protocolNumber
    self.source = source
    self.destination = destination
    self.header = header
    self.payload = payload
    self.isChecksumBlank = isChecksumBlank
    self.segmentSize = segmentSize
  }
}

/// A transport protocol above IP, beside UDP. It is a class to be derived from, so that a program that has none
/// links none.
open class NetTransport {
  public let protocolNumber: ProtocolNumber

  public init(_ protocolNumber: ProtocolNumber) { self.protocolNumber = protocolNumber }

  /// Takes a packet: the transport's header and what follows. If it is verified, the link vouches for its checksum.
  open func receive(
    _ packet: RawSpan, from source: IPAddress, to destination: IPAddress, isVerified: Bool,
    now: SystemTime
  ) {}

  /// Hears that a packet was not delivered; anybody may say so.
  open func hear(of packet: UndeliveredPacket, now: SystemTime) {}

  /// Hears that a host of the link does not answer.
  open func hearOfSilence(from address: IPAddress, now: SystemTime) {}

  /// Hears how the link is, at first and whenever that changes.
  ///
  /// - Parameters:
  ///   - mtu: bytes of a packet at most.
  ///   - link: what it does for those who send.
  open func follow(mtu: Int, _ link: NetStack.Link) {}

  /// Hears that this host has an address no more.
  open func lose(_ address: IPAddress) {}

  /// Ends all that there is: the link is closed for good.
  open func close() {}

  /// The next packet to send; nil if there is none now.
  open func nextPacket(now: SystemTime) -> OutgoingPacket? { nil }

  /// A peer that has not answered for long: another station may have its address by now. Each is said once.
  open func nextSilentPeer() -> IPAddress? { nil }

  /// When to ask for a packet although none has come; nil for never.
  open var deadline: SystemTime? { nil }
}
