// SPDX-License-Identifier: Apache-2.0

/// A domain identifier. C name: `domid_t`.
public struct DomainID: RawRepresentable, Hashable, Sendable {
  /// The number Xen knows the domain by; values from 0x7ff0 are reserved.
  public var rawValue: UInt16

  /// Wraps a number received from Xen or a toolstack.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The calling domain. C name: `DOMID_SELF`.
  public static var own: DomainID { DomainID(rawValue: 0x7ff0) }

  // swift-format-ignore: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation
  @available(*, unavailable, renamed: "own")
  public static var DOMID_SELF: DomainID { own }
}

/// One end of an event channel, local to a domain. C name: `evtchn_port_t`.
public struct EventChannelPort: RawRepresentable, Hashable, Sendable {
  /// The port number; 0 is never a valid port.
  public var rawValue: UInt32

  /// Wraps a number received from Xen, for example in an HVM parameter.
  public init(rawValue: UInt32) { self.rawValue = rawValue }
}

/// A 4 KiB frame of guest-physical memory, by number. C name: gfn (HVM parameters say PFN).
public struct GuestFrameNumber: RawRepresentable, Hashable, Sendable {
  /// The frame's number: its guest-physical address divided by 4096.
  public var rawValue: UInt64

  /// Wraps a frame number received from Xen.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The address of the frame's first byte.
  public var address: GuestPhysicalAddress {
    GuestPhysicalAddress(rawValue: rawValue &<< UInt64(PageLayout.shift))
  }
}

/// An address in guest-physical memory. C name: paddr.
public struct GuestPhysicalAddress: RawRepresentable, Hashable, Sendable {
  /// The address in bytes; 0 in a boot structure means "absent".
  public var rawValue: UInt64

  /// Wraps an address received from Xen or computed from a frame number.
  public init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// The x86 page size on which Xen's shared pages and frame numbers are based.
public enum PageLayout {
  /// Bytes in a page.
  public static var size: Int { 4096 }
  /// Bits to shift between an address and a frame number..
  public static var shift: Int { 12 }
}
