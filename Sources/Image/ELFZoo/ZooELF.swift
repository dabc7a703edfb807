// SPDX-License-Identifier: Apache-2.0

/// An ELF file while it is described, so that any part of it can be odd.
///
/// As it begins, it has a PT_NOTE with the PVH note, the program as one PT_LOAD, and a page of zeros behind
/// it as another. What is in the file comes in the order of the segments: headers, then content, PT_LOAD
/// from a page boundary on, then sections.
struct ZooELF {
  let name: String
  /// Whether it is ELF64.
  var isWide = true
  var type: UInt64 = 2
  var machine: UInt64 = 62
  /// C name: `e_flags`.
  var flags: UInt64 = 0
  /// C name: `e_entry`.
  var entry: UInt64
  /// Where the program is loaded.
  private(set) var base: UInt64
  var notes: ZooSegment
  var code: ZooSegment
  var zeros: ZooSegment
  /// Program headers in front of the usual ones, and behind them.
  var first: [ZooSegment] = []
  var more: [ZooSegment] = []
  /// Whether the PT_NOTE has the last program header.
  var hasNotesLast = false
  /// Notes that a section has; without any there are no sections.
  var sectionNotes: [ZooNote] = []
  /// Bytes in the file between headers and content, at offset 0x400.
  var inserted: [UInt8] = []

  init(_ name: String, at base: UInt64 = 0x10_0000) {
    self.name = name
    self.base = base
    entry = base + ZooProgram.entry
    notes = .notes([.entry(base + ZooProgram.entry)])
    code = ZooSegment(flags: 5, address: base, content: ZooProgram.bytes(name, at: base))
    zeros = ZooSegment(flags: 6, address: base + ZooProgram.scratch, memorySize: 0x1000)
  }

  /// The same image at another address.
  mutating func move(to base: UInt64) {
    var moved = ZooELF(name, at: base)
    moved.isWide = isWide
    moved.machine = machine
    self = moved
  }

  /// Makes it ELF32 for the 386.
  mutating func makeNarrow() {
    isWide = false
    machine = 3
  }

  /// The file.
  var bytes: [UInt8] {
    let usual = hasNotesLast ? [code, zeros] + more + [notes] : [notes, code, zeros] + more
    let segments = first + usual
    var file = [UInt8](repeating: 0, count: headerSize + segments.count * programHeaderSize)
    if !inserted.isEmpty {
      file += [UInt8](repeating: 0, count: 0x400 - file.count) + inserted
    }
    var headers: [UInt8] = []
    for segment in segments {
      if !segment.content.isEmpty {
        let unit = segment.type == 1 ? 4096 : 8
        let start = segment.type == 1 ? Int((segment.virtualAddress ?? segment.address) % 4096) : 0
        file += [UInt8](repeating: 0, count: (unit + start - file.count % unit) % unit)
      }
      headers += header(of: segment, at: segment.content.isEmpty ? 0 : file.count)
      file += segment.content
    }
    file.replaceSubrange(headerSize..<headerSize + headers.count, with: headers)
    var sectionOffset = 0
    if !sectionNotes.isEmpty {
      file += [UInt8](repeating: 0, count: -file.count & 7)
      let content = sectionNotes.flatMap(\.bytes)
      let start = file.count
      file += content + [UInt8](repeating: 0, count: -content.count & 7)
      sectionOffset = file.count
      file += section(type: 0, at: 0, count: 0) + section(type: 7, at: start, count: content.count)
    }
    file.replaceSubrange(0..<headerSize, with: header(segments.count, sectionOffset))
    return file
  }

  private var word: Int { isWide ? 8 : 4 }
  private var headerSize: Int { isWide ? 64 : 52 }
  private var programHeaderSize: Int { isWide ? 56 : 32 }
  private var sectionHeaderSize: Int { isWide ? 64 : 40 }

  private func header(_ segments: Int, _ sectionOffset: Int) -> [UInt8] {
    let identity: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, isWide ? 2 : 1, 1, 1]
    let sections = sectionOffset == 0 ? 0 : 2
    let sizes = [headerSize, programHeaderSize, segments, sectionHeaderSize, sections, 0]
    return identity + [UInt8](repeating: 0, count: 9) + zooBytes(type, 2) + zooBytes(machine, 2)
      + zooBytes(1, 4) + zooBytes(entry, word) + zooBytes(UInt64(headerSize), word)
      + zooBytes(UInt64(sectionOffset), word) + zooBytes(flags, 4)
      + sizes.flatMap { zooBytes(UInt64($0), 2) }
  }

  private func header(of segment: ZooSegment, at offset: Int) -> [UInt8] {
    let numbers = [
      UInt64(offset), segment.virtualAddress ?? segment.address, segment.address,
      segment.fileSize ?? UInt64(segment.content.count),
      segment.memorySize ?? UInt64(segment.content.count),
    ].flatMap { zooBytes($0, word) }
    let flags = zooBytes(segment.flags, 4)
    let alignment = zooBytes(segment.alignment, word)
    return zooBytes(segment.type, 4)
      + (isWide ? flags + numbers + alignment : numbers + flags + alignment)
  }

  private func section(type: UInt64, at offset: Int, count: Int) -> [UInt8] {
    zooBytes(0, 4) + zooBytes(type, 4) + zooBytes(0, 2 * word) + zooBytes(UInt64(offset), word)
      + zooBytes(UInt64(count), word) + zooBytes(0, 8) + zooBytes(4, word) + zooBytes(0, word)
  }
}

/// A program header, and what it describes; sizes are those of the content unless said otherwise.
struct ZooSegment {
  /// 1 is PT_LOAD, 4 PT_NOTE.
  var type: UInt64 = 1
  /// 4 read, 2 write, 1 execute.
  var flags: UInt64
  /// C name: `p_paddr`.
  var address: UInt64
  /// The same as the physical one unless said otherwise.
  var virtualAddress: UInt64?
  var content: [UInt8] = []
  var fileSize: UInt64?
  var memorySize: UInt64?
  /// No alignment is asked for: linux-loader takes 0 and multiples of 2 MiB only.
  var alignment: UInt64 = 0

  /// A PT_NOTE.
  static func notes(_ notes: [ZooNote], alignment: UInt64 = 4) -> ZooSegment {
    ZooSegment(
      type: 4, flags: 4, address: 0, content: notes.flatMap(\.bytes), alignment: alignment)
  }
}

/// A note; owner and descriptor are padded to 4 bytes unless said otherwise.
struct ZooNote {
  var owner: [UInt8] = Array("Xen\0".utf8)
  /// What the header says; the owner's length unless said otherwise.
  var ownerSize: Int?
  var type: UInt64
  var descriptor: [UInt8]
  var padding = 4

  /// XEN_ELFNOTE_PHYS32_ENTRY.
  static func entry(_ address: UInt64, size: Int = 4) -> ZooNote {
    ZooNote(
      type: 18,
      descriptor: zooBytes(address, min(size, 8)) + [UInt8](repeating: 0, count: max(0, size - 8)))
  }

  /// XEN_ELFNOTE_FEATURES.
  static func features(_ text: String) -> ZooNote {
    ZooNote(type: 10, descriptor: Array("\(text)\0".utf8))
  }

  /// A note of the GNU tools with so many bytes.
  static func foreign(_ count: Int) -> ZooNote {
    ZooNote(
      owner: Array("GNU\0".utf8), type: 3, descriptor: [UInt8](repeating: 0xb1, count: count))
  }

  var bytes: [UInt8] {
    var bytes =
      zooBytes(UInt64(ownerSize ?? owner.count), 4) + zooBytes(UInt64(descriptor.count), 4)
      + zooBytes(type, 4) + owner
    bytes += [UInt8](repeating: 0, count: (padding - owner.count % padding) % padding) + descriptor
    return bytes
      + [UInt8](repeating: 0, count: (padding - descriptor.count % padding) % padding)
  }
}
