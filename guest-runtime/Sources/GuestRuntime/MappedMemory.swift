// SPDX-License-Identifier: Apache-2.0

/// The guest-physical memory that the boot code maps, one to one.
enum MappedMemory {
  /// Ordinary memory: all but page zero, up to 1 GiB.
  static var ordinary: Range<UInt64> { 0x1000..<0x4000_0000 }
  /// Xen's special pages: console, xenstore, shared info.
  static var special: Range<UInt64> { 0xfee0_0000..<0xff00_0000 }

  /// Whether all of `count` bytes from `address` on are mapped.
  static func contains(_ address: UInt64, count: UInt64) -> Bool {
    let (end, overflow) = address.addingReportingOverflow(count)
    guard !overflow else { return false }
    return [ordinary, special].contains { $0.lowerBound <= address && end <= $0.upperBound }
  }
}
