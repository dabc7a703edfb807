// SPDX-License-Identifier: Apache-2.0

import CPageTables

/// What may be done with a page besides reading it.
struct Rights: OptionSet {
  let rawValue: Int
  static let write = Rights(rawValue: 1)
  static let execute = Rights(rawValue: 2)
  static let all: Rights = [.write, .execute]

  init(rawValue: Int) { self.rawValue = rawValue }

  /// The rights that one entry leaves. Source: AMD64 manual, volume 2, 5.4.
  init(entry: UInt64) {
    self = [entry & 2 != 0 ? .write : [], entry >> 63 == 0 ? .execute : []]
  }
}

/// A walk over all page tables.
struct Walk {
  private(set) var mappedBytes: UInt64 = 0
  private(set) var executableBytes: UInt64 = 0
  private(set) var writableAndExecutable = 0

  /// Counts what a table maps; every level can take rights away, none can give them back.
  mutating func visit(tableAt table: UInt64, level: Int, from start: UInt64, rights: Rights) {
    let size = Self.size(level)
    for index in 0..<UInt64(512) {
      let entry = Self.entry(table, index)
      guard entry & 1 != 0 else { continue }
      let address = start + index * size
      let rights = rights.intersection(Rights(entry: entry))
      if level > 1, entry & 0x80 == 0 {
        visit(tableAt: entry, level: level - 1, from: address, rights: rights)
        continue
      }
      mappedBytes += size
      if rights.contains(.execute) { executableBytes += size }
      if rights == .all { writableAndExecutable += 1 }
    }
  }

  /// The rights at one address; nil if nothing is mapped.
  static func rights(at address: UInt64) -> Rights? {
    var entry = read_cr3()
    var rights = Rights.all
    for level in stride(from: 4, to: 0, by: -1) {
      entry = Self.entry(entry, address / size(level) & 511)
      guard entry & 1 != 0 else { return nil }
      rights.formIntersection(Rights(entry: entry))
      if entry & 0x80 != 0 { break }
    }
    return rights
  }

  /// Bytes that an entry of a level stands for.
  private static func size(_ level: Int) -> UInt64 { 1 << UInt64(3 + 9 * level) }

  /// An entry of a table, which is mapped one to one.
  private static func entry(_ table: UInt64, _ index: UInt64) -> UInt64 {
    let base = UInt(table & 0x000f_ffff_ffff_f000)
    return UnsafePointer<UInt64>(bitPattern: base)?[Int(index)] ?? 0
  }
}
