// SPDX-License-Identifier: Apache-2.0

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
