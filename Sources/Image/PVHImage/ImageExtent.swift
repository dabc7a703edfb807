// SPDX-License-Identifier: Apache-2.0

public import XenABI

/// The physical memory between an image's lowest and highest loaded address.
///
/// Xen rounds it to pages and zeroes it before it copies the segments.
public struct ImageExtent: Equatable, Sendable {
  /// The lowest physical address of a loaded segment.
  public let start: GuestPhysicalAddress
  /// The address behind the highest byte of a loaded segment.
  public let end: GuestPhysicalAddress

  /// Spans the segments that Xen loads; nil if there is none.
  init?(_ segments: [ProgramHeader]) {
    guard let start = segments.map(\.physicalAddress.rawValue).min(),
      let end = segments.map(\.physicalEnd.rawValue).max()
    else { return nil }
    self.start = GuestPhysicalAddress(rawValue: start)
    self.end = GuestPhysicalAddress(rawValue: end)
  }

  /// `end`, rounded up to a page.
  public var pageEnd: GuestPhysicalAddress {
    GuestPhysicalAddress(rawValue: end.rawValue.roundedUpToPage)
  }

  /// Bytes from `start` to `end`.
  public var size: UInt64 { end.rawValue - start.rawValue }

  /// Whether the address is in the extent.
  public func contains(_ address: GuestPhysicalAddress) -> Bool {
    (start.rawValue..<end.rawValue).contains(address.rawValue)
  }
}
