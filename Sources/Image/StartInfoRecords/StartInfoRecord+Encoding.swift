// SPDX-License-Identifier: Apache-2.0

import XenABI

extension StartInfoRecord {
  /// The start info, and behind it what it refers to: module list, memory map, command lines.
  ///
  /// - Parameter base: The guest-physical address where the bytes will be, a multiple of 8.
  /// - Returns: The bytes.
  public func encoded(at base: UInt64) -> [UInt8] {
    let infoSize = version == 0 ? StartInfo.version0Size : MemoryLayout<StartInfo>.size
    let list = base + UInt64(infoSize)
    let map = list + UInt64(modules.count * MemoryLayout<ModuleListEntry>.stride)
    let ranges = version == 0 ? [] : memoryMap
    var texts = TextArea(base: map + UInt64(ranges.count * MemoryLayout<MemoryMapEntry>.stride))

    var info = StartInfo()
    info.magic = StartInfo.expectedMagic
    info.version = version
    info.flags = flags
    info.moduleCount = UInt32(modules.count)
    info.moduleListAddress = modules.isEmpty ? 0 : list
    info.commandLineAddress = texts.add(commandLine)
    info.rsdpAddress = rsdpAddress
    info.memoryMapAddress = ranges.isEmpty ? 0 : map
    info.memoryMapCount = UInt32(ranges.count)
    let entries = modules.map { module in
      var entry = ModuleListEntry()
      entry.address = module.address
      entry.size = module.size
      entry.commandLineAddress = texts.add(module.commandLine)
      return Self.bytes(of: entry)
    }
    let mapEntries = ranges.map { range in
      var entry = MemoryMapEntry()
      entry.address = range.address
      entry.size = range.size
      entry.kind = range.kind
      return Self.bytes(of: entry)
    }
    return Self.bytes(of: info).prefix(infoSize) + entries.joined() + mapEntries.joined()
      + texts.bytes
  }

  private static func bytes<Value: BitwiseCopyable>(of value: Value) -> [UInt8] {
    withUnsafeBytes(of: value) { Array($0) }
  }
}

/// Texts behind each other, each with its NUL.
private struct TextArea {
  let base: UInt64
  var bytes: [UInt8] = []

  init(base: UInt64) { self.base = base }

  /// The text's address; 0 for none.
  mutating func add(_ text: [UInt8]?) -> UInt64 {
    guard let text else { return 0 }
    defer { bytes += text + [0] }
    return base + UInt64(bytes.count)
  }
}
