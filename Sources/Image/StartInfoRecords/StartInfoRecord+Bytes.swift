// SPDX-License-Identifier: Apache-2.0

import XenABI

extension StartInfoRecord {
  /// More modules or ranges than this are nobody's.
  static var entryLimit: UInt32 { 4096 }
  /// A longer command line is nobody's.
  static var textLimit: Int { 1 << 16 }

  /// Reads a start info.
  ///
  /// - Parameters:
  ///   - bytes: Guest memory with the start info and what it refers to.
  ///   - base: The guest-physical address of the first byte.
  ///   - address: The guest-physical address of the start info.
  /// - Throws: An error that names what cannot be read.
  public init(
    decoding bytes: [UInt8], at base: UInt64, address: UInt64
  ) throws(StartInfoError) {
    let memory = GuestBytes(bytes: bytes, base: base)
    guard let magic: UInt32 = memory.load(at: address) else { throw .noMagic(found: nil) }
    guard magic == StartInfo.expectedMagic else { throw .noMagic(found: magic) }
    let info = try Self.info(memory, address)
    self.init(version: info.version)
    flags = info.flags
    rsdpAddress = info.rsdpAddress
    if info.commandLineAddress != 0 {
      commandLine = try memory.text("command line", at: info.commandLineAddress)
    }
    modules = try memory.entries(
      "module", at: info.moduleListAddress, count: info.moduleCount, of: ModuleListEntry.self
    ).map { entry throws(StartInfoError) in
      let text = entry.commandLineAddress
      return Module(
        address: entry.address, size: entry.size,
        commandLine: text == 0 ? nil : try memory.text("module's command line", at: text))
    }
    guard info.version >= 1 else { return }
    memoryMap = try memory.entries(
      "memory range", at: info.memoryMapAddress, count: info.memoryMapCount,
      of: MemoryMapEntry.self
    ).map { Range(address: $0.address, size: $0.size, kind: $0.kind) }
  }

  /// A version 0 structure is shorter than the others.
  private static func info(
    _ memory: GuestBytes, _ address: UInt64
  ) throws(StartInfoError) -> StartInfo {
    let size = MemoryLayout<StartInfo>.size
    var bytes = memory.slice(at: address, count: size)
    if bytes.count < size, bytes.count >= StartInfo.version0Size,
      bytes[4..<8].allSatisfy({ $0 == 0 })
    {
      bytes += [UInt8](repeating: 0, count: size - bytes.count)
    }
    guard let info: StartInfo = GuestBytes(bytes: bytes, base: 0).load(at: 0) else {
      throw .missing("start info", address: address)
    }
    return info
  }
}

/// A piece of a guest's memory.
struct GuestBytes {
  let bytes: [UInt8]
  let base: UInt64

  /// Up to `count` bytes at a guest-physical address.
  func slice(at address: UInt64, count: Int) -> [UInt8] {
    guard address >= base, address - base < UInt64(bytes.count) else { return [] }
    return Array(bytes.dropFirst(Int(address - base)).prefix(count))
  }

  /// A value of a C layout, which has no pointers of ours in it.
  func load<Value: BitwiseCopyable>(at address: UInt64) -> Value? {
    let slice = slice(at: address, count: MemoryLayout<Value>.size)
    guard slice.count == MemoryLayout<Value>.size else { return nil }
    return slice.withUnsafeBytes { $0.loadUnaligned(as: Value.self) }
  }

  func entries<Entry: BitwiseCopyable>(
    _ what: String, at address: UInt64, count: UInt32, of type: Entry.Type
  ) throws(StartInfoError) -> [Entry] {
    guard count <= StartInfoRecord.entryLimit else { throw .tooMany("\(what)s", count: count) }
    var result: [Entry] = []
    for index in 0..<UInt64(count) {
      let place = address &+ index * UInt64(MemoryLayout<Entry>.stride)
      guard address != 0, let entry: Entry = load(at: place) else {
        throw .missing(what, address: place)
      }
      result.append(entry)
    }
    return result
  }

  /// The bytes up to a NUL.
  func text(_ what: String, at address: UInt64) throws(StartInfoError) -> [UInt8] {
    let bytes = slice(at: address, count: StartInfoRecord.textLimit)
    guard let end = bytes.firstIndex(of: 0) else { throw .missing(what, address: address) }
    return Array(bytes[..<end])
  }
}

extension StartInfoRecord {
  /// The start info, and behind it what it refers to: module list, memory map, command lines.
  ///
  /// - Parameters:
  ///   - base: The guest-physical address where the bytes will be, a multiple of 8, and of 4096 unless
  ///     they are packed.
  ///   - arrangement: Where the parts lie.
  /// - Returns: The bytes; start info begins at the arrangement's offset.
  public func encoded(at base: UInt64, _ arrangement: Arrangement = .packed) -> [UInt8] {
    let infoSize = version == 0 ? StartInfo.version0Size : MemoryLayout<StartInfo>.size
    let head = UInt64(infoSize) + arrangement.offset
    let gap = arrangement == .moduleListApart ? 4096 - head : 0
    let list = base + head + gap
    let map = list + UInt64(modules.count * MemoryLayout<ModuleListEntry>.stride)
    let ranges = version == 0 ? [] : memoryMap
    let behindMap = map + UInt64(ranges.count * MemoryLayout<MemoryMapEntry>.stride)
    let textEnd = behindMap + UInt64((commandLine?.count ?? 0) + 1)
    let textGap = arrangement == .commandLineEndsPage ? (4096 - textEnd % 4096) % 4096 : 0
    var texts = TextArea(base: behindMap + textGap)

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
    func zeros(_ count: UInt64) -> [UInt8] { [UInt8](repeating: 0, count: Int(count)) }
    var bytes = zeros(arrangement.offset) + Self.bytes(of: info).prefix(infoSize) + zeros(gap)
    bytes += entries.joined()
    bytes += mapEntries.joined()
    return bytes + zeros(textGap) + texts.bytes
  }

  private static func bytes<Value: BitwiseCopyable>(of value: Value) -> [UInt8] {
    withUnsafeBytes(of: value) { Array($0) }
  }
}

extension StartInfoRecord {
  /// How start info and what it refers to lie in memory.
  public enum Arrangement: Sendable {
    /// One behind the other, from the first byte on.
    case packed
    /// The same, but start info itself lies across the end of the first page.
    case acrossPages
    /// The module list begins with the second page.
    case moduleListApart
    /// The command line's NUL is the last byte of a page.
    case commandLineEndsPage

    /// Where start info begins, in bytes.
    public var offset: UInt64 { self == .acrossPages ? 4096 - 24 : 0 }
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
