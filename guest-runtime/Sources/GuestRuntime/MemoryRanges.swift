// SPDX-License-Identifier: Apache-2.0

import Boot
import GuestHeap
import XenABI

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
