// SPDX-License-Identifier: Apache-2.0

import CXenLight
import Glibc
import StartInfoRecords
import XenDomainModel

// Where a launch variation takes effect; without one, none of this runs.

extension LaunchVariation {
  /// How start info lies in its pages.
  var arrangement: StartInfoRecord.Arrangement {
    switch self {
    case .startInfoAcrossPages: .acrossPages
    case .moduleListApart: .moduleListApart
    case .commandLineEndsPage: .commandLineEndsPage
    default: .packed
    }
  }

  /// Changes what the guest is told; Xen itself keeps the usual memory map.
  func change(_ record: inout StartInfoRecord) {
    switch self {
    case .commandLineAbsent: record.commandLine = nil
    case .commandLineLong:
      let text = record.commandLine ?? []
      record.commandLine = text + [UInt8](repeating: 0x20, count: max(0, 4095 - text.count))
    case .mapAbsent:
      record.version = 0
      record.memoryMap = []
    case .mapOfOne: record.memoryMap = Array(record.memoryMap.prefix(1))
    case .mapOf128: record.divideMemory(into: 129 - record.memoryMap.count)
    case .mapAdjacent: record.divideMemory(into: 2)
    case .mapUnsorted: record.memoryMap.reverse()
    default: break
    }
  }

  /// Changes what the first vCPU starts with.
  func change(context stream: UnsafeMutableRawPointer?) {
    switch self {
    case .registers: pvh_context_fill_registers(stream, 0xdead_beef)
    case .selectors: pvh_context_fill_selectors(stream)
    case .flags: pvh_context_fill_flags(stream)
    default: break
    }
  }
}

extension StartInfoRecord {
  /// Puts several entries for the memory from 0 on, of whole pages each; the map begins with it.
  fileprivate mutating func divideMemory(into count: Int) {
    let memory = memoryMap.removeFirst()
    let pages = memory.size / 4096
    let parts = min(UInt64(count), pages)
    let pieces = (0..<parts).map { part in
      let (start, end) = (pages * part / parts, pages * (part + 1) / parts)
      return Range(
        address: memory.address + start * 4096, size: (end - start) * 4096, kind: memory.kind)
    }
    memoryMap.insert(contentsOf: pieces, at: 0)
  }
}

extension DomainUnderConstruction {
  /// Pages that are mapped together.
  private static var batch: Int { 1024 }

  /// Fills all memory, before anything is loaded.
  func soil() throws(ToolstackError) {
    for range in layout.memory {
      for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.batch) {
        let frames = start..<min(start + Self.batch, range.upperBound)
        try onPages(Array(frames), "fill \(frames.count) pages with 0xa5") { bytes in
          memset(bytes, 0xa5, frames.count * DomainLayout.pageSize)
        }
      }
    }
  }

  /// Makes the indices of both rings begin elsewhere; the daemons know the pages already, and each
  /// pair of indices changes in one go.
  func startRings(at index: UInt32) throws(ToolstackError) {
    let pair = UInt64(index) << 32 | UInt64(index)
    let pages = [layout.storeFrame, layout.consoleFrame]
    try onPages(pages, "start the rings at 0x\(String(index, radix: 16))") { bytes in
      let console = bytes + DomainLayout.pageSize
      memset(bytes, 0xa5, 2048)
      memset(console, 0xa5, 3072)
      // Source: xs_wire.h and console.h of public/io in Xen's tree.
      for place in [bytes + 2048, bytes + 2056, console + 3072, console + 3080] {
        place.storeBytes(of: pair, as: UInt64.self)
      }
    }
  }

  private func onPages(
    _ frames: [Int], _ text: String, _ body: (UnsafeMutableRawPointer) -> Void
  ) throws(ToolstackError) {
    var numbers = frames.map { xen_pfn_t($0) }
    var mapping: UnsafeMutableRawPointer?
    try calls.make(text) {
      mapping = xenforeignmemory_map(
        host.memory, number, PROT_READ | PROT_WRITE, frames.count, &numbers, nil)
      return mapping == nil ? -1 : 0
    }
    guard let mapping else { return }
    body(mapping)
    xenforeignmemory_unmap(host.memory, mapping, frames.count)
  }
}
