// SPDX-License-Identifier: Apache-2.0

public import NetStack
public import NetWire
public import XenFrontends

/// TCP as one of the transports of a stack.
public final class TCPTransport: NetTransport {
  public let host: TCPHost

  public init(_ host: TCPHost) {
    self.host = host
    super.init(.tcp)
  }

  public override func receive(
    _ packet: RawSpan, from source: IPAddress, to destination: IPAddress, isVerified: Bool,
    now: SystemTime
  ) {
    host.receive(packet, from: source, to: destination, isVerified: isVerified, now: now)
  }

  public override func hear(of packet: UndeliveredPacket, now: SystemTime) {
    host.receive(packet, now: now)
  }

  public override func hearOfSilence(from address: IPAddress, now: SystemTime) {
    host.hearOfSilence(from: address, now: now)
  }

  public override func follow(mtu: Int, _ link: NetStack.Link) {
    host.mtu = mtu
    host.offloadsChecksum = link.completesChecksums
    host.segmentsAtOnce = link.completesChecksums && link.cutsSegments
    host.offloadIPv6(
      checksum: link.completesIPv6Checksums, segmentsAtOnce: link.cutsIPv6Segments)
  }

  public override func lose(_ address: IPAddress) { host.lose(address) }

  public override func nextPacket(now: SystemTime) -> OutgoingPacket? {
    guard let output = host.nextSegment(now: now) else { return nil }
    var packet = OutgoingPacket(
      .tcp, from: output.source, to: output.destination, header: [],
      PacketPayload(count: output.count) { output.copy(from: $0, into: &$1) },
      isChecksumBlank: !output.isChecksumComplete, segmentSize: output.segmentSize)
    packet.trafficClass = output.trafficClass
    return packet
  }

  public override func close() { host.close() }

  public override func nextSilentPeer() -> IPAddress? { host.nextSilentPeer() }

  public override var deadline: SystemTime? { host.deadline }
}
