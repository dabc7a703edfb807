// SPDX-License-Identifier: Apache-2.0
import CXenLight

/// Where a PVH guest has its memory, and how much Xen needs beside it.
///
/// Memory begins at address 0 and has one hole, below 4 GiB, for the special pages, the local APIC
/// and whatever else Xen maps. Sources: libxenguest's `xg_dom_x86.c`, libxenlight's `libxl_dom.c`.
struct MemoryPlan: Equatable {
  /// The end of the memory below the hole, in bytes.
  let lowEnd: UInt64
  /// The end of the memory above 4 GiB, in bytes; 0 if there is none.
  let highEnd: UInt64
  /// Pages of the guest, of 4 KiB.
  let pageCount: UInt64
  /// Bytes that Xen sets aside for the guest's page tables.
  let pagingPool: UInt64

  private static let pageSize: UInt64 = 4096
  private static let fourGiB: UInt64 = 1 << 32
  /// Where the hole begins: at libxenlight's ACPI tables (C name: `ACPI_INFO_PHYSICAL_ADDRESS`).
  static let holeStart: UInt64 = 0xfc00_0000
  /// C name: `X86_HVM_NR_SPECIAL_PAGES`.
  static let specialPageCount = UInt64(X86_HVM_NR_SPECIAL_PAGES)
  private static let specialStart =
    (UInt64(X86_HVM_END_SPECIAL_REGION) - specialPageCount) * pageSize

  init(_ configuration: DomainConfiguration) {
    let size = UInt64(configuration.memoryKiB) * 1024
    lowEnd = min(size, Self.holeStart)
    highEnd = size > lowEnd ? Self.fourGiB + size - lowEnd : 0
    pageCount = size / Self.pageSize
    // One page table per 2 MiB, once each page is mapped by itself; then what does not depend on
    // the size: the upper levels, the hole's tables, and those that each vCPU has for itself.
    pagingPool =
      (pageCount / 512 + 64 + 8 * UInt64(configuration.vcpuCount)) * Self.pageSize
  }

  /// The map as the guest sees it (C name: `e820entry`).
  var map: [e820entry] {
    // The types of E820 are 1 for memory and 2 for what is reserved.
    var map = [
      e820entry(addr: 0, size: lowEnd, type: 1),
      e820entry(addr: Self.specialStart, size: Self.specialPageCount * Self.pageSize, type: 2),
    ]
    if highEnd > 0 {
      map.append(e820entry(addr: Self.fourGiB, size: highEnd - Self.fourGiB, type: 1))
    }
    return map
  }

  /// What Xen may give the guest in all, in KiB: its memory, and the special pages.
  var limitKiB: UInt64 { (pageCount + Self.specialPageCount) * 4 }
}
