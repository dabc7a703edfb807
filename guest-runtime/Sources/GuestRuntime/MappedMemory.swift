// SPDX-License-Identifier: Apache-2.0

/// The guest-physical memory that the boot code maps, one to one. The heap may have more
/// (`PageTables`).
enum MappedMemory {
  /// Ordinary memory: all but page zero, up to 1 GiB.
  static var ordinary: Range<UInt64> { 0x1000..<0x4000_0000 }
  /// The 2 MiB for pages of Xen. The builder's, console and xenstore among them, are the last few;
  /// the LAPIC is at the start; from 0xfef0_0000 on is a hole for the pages that the guest maps by
  /// itself. Source: `X86_HVM_END_SPECIAL_REGION` in `tools/include/xenguest.h`.
  static var special: Range<UInt64> { 0xfee0_0000..<0xff00_0000 }
  /// Where the guest maps shared info. Frames of the grant table belong right behind it.
  static var sharedInfoFrame: UInt64 { 0xfef00 }

  /// Whether all of `count` bytes from `address` on are mapped.
  static func contains(_ address: UInt64, count: UInt64) -> Bool {
    let (end, overflow) = address.addingReportingOverflow(count)
    guard !overflow else { return false }
    return [ordinary, special].contains { $0.lowerBound <= address && end <= $0.upperBound }
  }
}
