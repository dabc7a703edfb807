// SPDX-License-Identifier: Apache-2.0

import GuestBoot
import GuestHeap
import XenABI

/// Guest-physical memory, which is mapped one to one.
enum MappedMemory {
  /// What the boot code maps: all but page zero, up to 1 GiB.
  private static var first: Range<UInt64> { 0x1000..<0x4000_0000 }
  /// Where the guest maps shared info: in the 2 MiB for pages of Xen, which the boot code maps, too.
  /// The LAPIC is at their start, the builder's pages, console and xenstore among them, are the last few;
  /// the hole between them is for pages that the guest maps by itself, and the frames after this one are
  /// reserved for the grant table. Source: `X86_HVM_END_SPECIAL_REGION` in `tools/include/xenguest.h`.
  static var sharedInfoFrame: UInt64 { 0xfef00 }

  /// Whether all of `count` bytes from `address` on are mapped; what is not is mapped now, up to 512 GiB.
  @inline(never)
  static func contains(_ address: UInt64, count: UInt64) -> Bool {
    let (end, overflow) = address.addingReportingOverflow(count)
    guard !overflow, address >= first.lowerBound, end <= FreeMemory.limit else { return false }
    var position = max(address, first.upperBound)
    while position < end {
      // SAFETY: not empty, as just compared.
      let rest = unsafe Range(uncheckedBounds: (position, end))
      guard let mapped = PageTables.map(rest) else { return false }
      position = mapped
    }
    return true
  }
}

/// The CPU's page tables above what the boot code fills: memory above 1 GiB.
///
/// Source of the entries: AMD64 manual, volume 2, 5.3.
enum PageTables {
  /// Maps `range`, or as much of it as lies in the GiB that it begins in, one to one: writable and
  /// never executed, in 2 MiB pages.
  ///
  /// - Returns: the end of what is mapped; nil if the heap has no page for a table, which memory above 4 GiB
  ///   needs.
  /// - Precondition: the range is not empty and lies in the first 512 GiB.
  @inline(never)
  static func map(_ range: Range<UInt64>) -> UInt64? {
    var page = range.lowerBound & ~0x1f_ffff
    let end = min(range.upperBound, (page | 0x3fff_ffff) &+ 1)
    // The boot code has mapped the first GiB.
    guard page >= 0x4000_0000 else { return end }
    // SAFETY (all): the boot code's table of 512 entries, and tables of as many.
    let entry = unsafe boot_page_directory_pointers() + Int(page >> 30)
    if unsafe entry.pointee == 0 {
      guard let table = unsafe GuestAllocator.heap.allocate(size: 4096, alignment: 4096)
      else { return nil }
      unsafe table.initializeMemory(as: UInt8.self, repeating: 0, count: 4096)
      // Present, writable.
      unsafe entry.pointee = UInt64(UInt(bitPattern: table)) | 3
    }
    let directory = unsafe UnsafeMutablePointer<UInt64>(bitPattern: UInt(entry.pointee & ~4095))
    while page < end {
      // Present, writable, 2 MiB, never executed.
      unsafe directory?[Int(page >> 21 & 511)] = page | 0x8000_0000_0000_0083
      page &+= 0x20_0000
    }
    return end
  }
}

extension BootInformation {
  /// Tells the search for free memory of the memory map, and of each range with something that the
  /// domain builder handed over.
  @inline(never)
  func considerAll(for memory: inout FreeMemory) {
    considerMap(for: &memory)
    memory.use(UInt64(boot_start_info), UInt64(MemoryLayout<StartInfo>.size))
    memory.useString(header.commandLineAddress)
    memory.use(
      header.memoryMapAddress,
      UInt64(header.memoryMapCount) * UInt64(MemoryLayout<MemoryMapEntry>.size))
    memory.use(
      header.moduleListAddress,
      UInt64(header.moduleCount) * UInt64(MemoryLayout<ModuleListEntry>.size))
    for position in modules.indices {
      let entry = modules.entry(at: position)
      memory.use(entry.address, entry.size)
      memory.useString(entry.commandLineAddress)
    }
  }

  /// The memory map: start info's, or Xen's where start info has none.
  private func considerMap(for memory: inout FreeMemory) {
    let size = MemoryLayout<MemoryMapEntry>.size
    if header.version >= 1, header.memoryMapCount > 0,
      let map = BootBytes(
        address: header.memoryMapAddress, count: UInt64(header.memoryMapCount) * UInt64(size))
    {
      unsafe map.withUnsafeBytes { unsafe memory.consider(map: $0, entrySize: size) }
    } else {
      unsafe XenMemoryMap.withEntries {
        unsafe memory.consider(map: $0, entrySize: E820EntryLayout.size)
      }
    }
  }
}

extension FreeMemory {
  /// Takes memory out that something is in.
  mutating func use(_ address: UInt64, _ size: UInt64) {
    consider(address, size: size, isRAM: false)
  }

  /// Takes out as many bytes as a string may have: no builder puts one where memory is scarce.
  fileprivate mutating func useString(_ address: UInt64) { use(address, 4096) }

  /// Takes a memory map into account. Start info's entries differ from those that
  /// `XENMEM_memory_map` writes by a field at the end.
  @inline(never)
  fileprivate mutating func consider(map: UnsafeRawBufferPointer, entrySize: Int) {
    for start in stride(from: 0, to: map.count, by: entrySize) {
      consider(
        unsafe map.loadUnaligned(
          fromByteOffset: start + E820EntryLayout.address, as: UInt64.self),
        size: unsafe map.loadUnaligned(
          fromByteOffset: start + E820EntryLayout.length, as: UInt64.self),
        isRAM: unsafe map.loadUnaligned(
          fromByteOffset: start + E820EntryLayout.kind, as: UInt32.self) == MemoryMapEntry.ram)
    }
  }
}

/// The memory map that Xen itself keeps, for domain builders that give none in start info.
enum XenMemoryMap {
  /// More entries than any PVH domain has.
  private static var capacity: Int { 16 }

  /// Lends the entries, laid out as in `E820EntryLayout`; nothing if Xen refuses.
  @inline(never)
  static func withEntries(_ body: (UnsafeRawBufferPointer) -> Void) {
    var entries = [320 of UInt8](repeating: 0)
    unsafe withUnsafeMutableBytes(of: &entries) { bytes in
      var argument = MemoryMapArgument(
        entryCount: UInt32(capacity), buffer: UInt64(UInt(bitPattern: bytes.baseAddress)))
      guard
        let _ = try? XenHypercalls.issue(
          .memory, HypercallOperation.memoryMap, &argument)
      else { return }
      let count = min(Int(argument.entryCount), capacity) * E820EntryLayout.size
      unsafe body(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
    }
  }
}
