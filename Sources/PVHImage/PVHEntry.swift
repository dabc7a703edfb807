// SPDX-License-Identifier: Apache-2.0

public import XenABI

/// Where a PVH guest starts, as Xen reads it from a note; C name: `XEN_ELFNOTE_PHYS32_ENTRY`.
public struct PVHEntry: Equatable, Sendable {
  /// The 32-bit physical address.
  public let address: GuestPhysicalAddress
  /// The note that says so.
  public let note: ImageNote

  /// Reads a PHYS32_ENTRY note the way Xen does: a descriptor of 1, 2, 4 or 8 bytes is a
  /// little-endian number of which 32 bits are used, any other size reads as 0.
  init(_ note: ImageNote) {
    self.note = note
    let size = Int(note.descriptorSize)
    let number =
      Self.readableSizes.contains(size)
      ? note.descriptor.littleEndian(at: 0, count: size) : 0
    address = GuestPhysicalAddress(rawValue: number & 0xffff_ffff)
  }

  /// Descriptor sizes that Xen reads as a number.
  static var readableSizes: [Int] { [1, 2, 4, 8] }
}
