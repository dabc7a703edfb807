// SPDX-License-Identifier: Apache-2.0

import Boot
import XenABI

/// Which memory the guest may use freely.
enum GuestMemory {
  /// The memory for the heap: from the end of all that the domain builder put in, to the end of
  /// the range that the image is in, as far as it is mapped.
  ///
  /// - Returns: an empty range when there is none.
  static func heapRange(_ boot: BootInformation) -> Range<UInt64> {
    let image = UInt64(boot_image_end())
    var range = image..<image
    forEachEntry(boot.header) { entry in
      let (end, overflow) = entry.address.addingReportingOverflow(entry.size)
      guard !overflow, entry.kind == MemoryMapEntry.ram, entry.address <= image, end > image else {
        return
      }
      range = image..<min(end, MappedMemory.ordinary.upperBound)
    }
    var start = range.lowerBound
    boot.forEachRange { used in
      if used.overlaps(range) { start = max(start, used.upperBound) }
    }
    return min(start, range.upperBound)..<range.upperBound
  }

  /// Lends each entry of the memory map: start info's, or Xen's where start info has none.
  private static func forEachEntry(_ header: StartInfo, _ body: (MemoryMapEntry) -> Void) {
    let size = UInt64(MemoryLayout<MemoryMapEntry>.size)
    guard header.version >= 1, header.memoryMapCount > 0,
      let map = BootBytes(
        address: header.memoryMapAddress, count: UInt64(header.memoryMapCount) * size)
    else { return XenMemoryMap.forEachEntry(body) }
    unsafe map.withUnsafeBytes { bytes in
      for offset in stride(from: 0, to: bytes.count, by: Int(size)) {
        body(unsafe bytes.loadUnaligned(fromByteOffset: offset, as: MemoryMapEntry.self))
      }
    }
  }
}

extension BootInformation {
  /// Lends each range of memory that holds what the domain builder handed over.
  fileprivate func forEachRange(_ body: (Range<UInt64>) -> Void) {
    func visit(_ address: UInt64, _ count: UInt64) {
      let (end, overflow) = address.addingReportingOverflow(count)
      if address != 0, !overflow { body(address..<end) }
    }
    func visitString(_ address: UInt64) {
      visit(address, UInt64(BootBytes(stringAt: address).count) + 1)
    }
    visit(UInt64(boot_start_info), UInt64(MemoryLayout<StartInfo>.size))
    visitString(header.commandLineAddress)
    visit(
      header.memoryMapAddress,
      UInt64(header.memoryMapCount) * UInt64(MemoryLayout<MemoryMapEntry>.size))
    visit(
      header.moduleListAddress,
      UInt64(header.moduleCount) * UInt64(MemoryLayout<ModuleListEntry>.size))
    for position in modules.indices {
      let entry = modules.entry(at: position)
      visit(entry.address, entry.size)
      visitString(entry.commandLineAddress)
    }
  }
}
