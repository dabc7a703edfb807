// SPDX-License-Identifier: Apache-2.0
import XenABI

/// What the guest finds at the address in EBX: start info, module list, memory map, command line.
struct StartInfoBlock {
  /// A range of the guest's memory (values of `type`: 1 memory, 2 reserved).
  struct MapEntry: Equatable {
    var address: Int
    var size: Int
    var kind: UInt32
  }

  /// What is where in the guest's memory.
  static func memoryMap(pageCount: Int) -> [MapEntry] {
    let page = DomainLayout.pageSize
    let special = DomainLayout.specialPages
    var map = DomainLayout.memory(pageCount: pageCount).map {
      MapEntry(address: $0.lowerBound * page, size: $0.count * page, kind: 1)
    }
    map.insert(
      MapEntry(address: special.lowerBound * page, size: special.count * page, kind: 2), at: 1)
    return map
  }

  private static var headSize: Int { MemoryLayout<StartInfo>.size }
  private static var moduleEntrySize: Int { MemoryLayout<ModuleListEntry>.size }
  private static var mapEntrySize: Int { MemoryLayout<MemoryMapEntry>.size }

  /// The memory map, as Xen is told it, too.
  let memoryMap: [MapEntry]
  private let commandLine: [UInt8]
  private let moduleSize: Int

  /// Prepares the block; `moduleSize` is 0 without a module.
  init(commandLine: String, moduleSize: Int, pageCount: Int) {
    memoryMap = Self.memoryMap(pageCount: pageCount)
    self.commandLine = Array(commandLine.utf8) + [0]
    self.moduleSize = moduleSize
  }

  private var moduleCount: Int { moduleSize > 0 ? 1 : 0 }
  private var mapOffset: Int { Self.headSize + moduleCount * Self.moduleEntrySize }
  private var commandLineOffset: Int { mapOffset + memoryMap.count * Self.mapEntrySize }

  /// Bytes in all.
  var size: Int { commandLineOffset + commandLine.count }

  /// The bytes, for a place in the guest's memory.
  func bytes(at address: Int, moduleAddress: Int) -> [UInt8] {
    var head = StartInfo()
    head.magic = StartInfo.expectedMagic
    head.version = 1
    head.moduleCount = UInt32(moduleCount)
    head.moduleListAddress = moduleCount > 0 ? UInt64(address + Self.headSize) : 0
    head.commandLineAddress = UInt64(address + commandLineOffset)
    head.memoryMapAddress = UInt64(address + mapOffset)
    head.memoryMapCount = UInt32(memoryMap.count)
    var bytes = Self.bytes(of: head)
    if moduleCount > 0 {
      var module = ModuleListEntry()
      module.address = UInt64(moduleAddress)
      module.size = UInt64(moduleSize)
      bytes += Self.bytes(of: module)
    }
    for range in memoryMap {
      var entry = MemoryMapEntry()
      entry.address = UInt64(range.address)
      entry.size = UInt64(range.size)
      entry.kind = range.kind
      bytes += Self.bytes(of: entry)
    }
    return bytes + commandLine
  }

  private static func bytes<Record: BitwiseCopyable>(of record: Record) -> [UInt8] {
    withUnsafeBytes(of: record) { Array($0) }
  }
}
