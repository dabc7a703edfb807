// SPDX-License-Identifier: Apache-2.0

public import XenABI

/// Where a PVH guest starts, as Xen reads it from a note; C name: `XEN_ELFNOTE_PHYS32_ENTRY`.
public struct PVHEntry: Equatable, Sendable {
  /// The 32-bit physical address.
  public let address: GuestPhysicalAddress
  /// The note that says so.
  public let note: ImageNote

  /// Reads a PHYS32_ENTRY note the way Xen does, which uses 32 bits of the number.
  init(_ note: ImageNote) {
    self.note = note
    address = GuestPhysicalAddress(rawValue: note.number & 0xffff_ffff)
  }
}
