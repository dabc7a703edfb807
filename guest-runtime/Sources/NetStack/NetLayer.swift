// SPDX-License-Identifier: Apache-2.0

public import NetWire
public import XenFrontends

/// A network protocol beside IPv4, with addresses of its own. It is a class to be derived from, so that a program that
/// has none links none.
///
/// The stack gives it the frames of its kind and the time; it gives what they carry back to the stack, for ports and
/// transports.
open class NetLayer {
  public let type: EtherType

  public init(_ type: EtherType) { self.type = type }

  // MARK: What it is like

  /// Bytes of a packet at most.
  open var mtu: Int { .max }
  /// How often something has changed for which others may wait: addresses that came and went.
  open var changes: Int { 0 }
  /// Whether hosts reach this one by an address of this protocol.
  open var hasAddress: Bool { false }
  /// Whom to ask for the addresses of names.
  open var nameServers: [IPAddress] { [] }

  /// The address in a text; nil if it is none of this protocol.
  open func address(of text: [UInt8]) -> IPAddress? { nil }

  /// The address of ours for packets to a host; nil if there is none.
  open func source(for peer: IPAddress, now: SystemTime) -> IPAddress? { nil }

  /// Adds what was dropped to the stack's figures.
  open func addDrops(to counters: inout NetCounters) {}

  // MARK: What it hears

  /// Hears how the link is: at first, and when it works again.
  open func follow(_ link: NetStack.Link, in stack: NetStack, now: SystemTime) {}

  /// Takes a packet.
  ///
  /// - Parameters:
  ///   - packet: what follows Ethernet's header; whatever is in it.
  ///   - frame: Ethernet's header; it is for this station, or for a group.
  ///   - isVerified: whether the link vouches for the checksum of UDP or TCP.
  ///   - stack: for what it carries.
  ///   - now: the time.
  open func receive(
    _ packet: RawSpan, _ frame: EthernetHeader, isVerified: Bool, in stack: NetStack,
    now: SystemTime
  ) {}

  /// Hears that a host has not answered for long: another station may have its address by now.
  open func doubt(_ address: IPAddress, now: SystemTime) {}

  /// Ends all that there is: the link is closed for good.
  open func close() {}

  // MARK: What it sends

  /// Sends a datagram from a port.
  ///
  /// - Throws: `DatagramError` if it cannot be.
  open func send(
    _ bytes: [UInt8], from port: UInt16, to receiver: NetEndpoint, now: SystemTime
  ) throws(DatagramError) {
    throw .noRoute(receiver.address)
  }

  /// The frame of a transport's packet; nil if it waits for its receiver's station, or cannot be sent.
  open func frame(_ packet: OutgoingPacket, now: SystemTime) -> OutgoingFrame? { nil }

  /// Takes the next frame that waits; nil if there is none.
  open func takeFrame() -> OutgoingFrame? { nil }

  /// Whether something waits to be taken.
  open var hasWaitingFrames: Bool { false }

  /// Whether a datagram of so many bytes would be sent now: not too much waits.
  open func hasRoom(for count: Int) -> Bool { true }

  // MARK: Time

  /// Does what time has come for.
  open func advance(in stack: NetStack, now: SystemTime) {}

  /// When `advance` has something to do although nothing has happened; nil for never.
  open var deadline: SystemTime? { nil }
}
