// SPDX-License-Identifier: Apache-2.0

import CHostLibelf
import Glibc  // Swift finds the types of elf.h in this module or in that one.
import XenABI

/// What an image's symbol table says about being linked completely.
public struct SymbolTable: Equatable, Sendable {
  /// Entries in the table.
  public let count: Int
  /// The number of symbols that nothing defines, weak ones not counted.
  public let undefinedCount: Int
  /// Names of the first of them.
  public let undefined: [String]
  /// The name of a symbol at the PVH entry, if there is one.
  public let entryName: String?

  /// More undefined symbols than this are only counted.
  public static var undefinedLimit: Int { 16 }
}

/// Whether an image's symbols were read, and what came of it.
public enum ImageSymbols: Equatable, Sendable {
  /// The caller did not ask for them.
  case notRead
  /// The file has none.
  case absent
  /// They could not be read; the text says why.
  case damaged(String)
  /// They were read.
  case read(SymbolTable)
}

/// A symbol's value, or names that could have been meant.
struct SymbolLookup {
  var value: UInt64?
  /// What is wrong with the table.
  var damage: String?
  /// The first names of code in the table.
  var others: [String] = []

  /// More names than this are of no use to a reader.
  static var othersLimit: Int { 8 }
}

extension ELFReader {
  /// Symbol and string tables beyond this are damaged or nobody's image.
  private static var symbolBytesLimit: UInt64 { 64 << 20 }

  /// Reads the symbol table for what is undefined and for a name at the PVH entry.
  func symbols(
    in sections: [SectionHeader], entry: GuestPhysicalAddress?
  ) -> ImageSymbols {
    switch table(in: sections) {
    case .absent: .absent
    case .damaged(let reason): .damaged(reason)
    case .found(let data, let names): scan(data, names: names, entry: entry)
    }
  }

  /// Looks up a symbol by its name.
  func lookUp(_ wanted: String, in sections: [SectionHeader]) -> SymbolLookup {
    var result = SymbolLookup()
    let table = table(in: sections)
    if case .damaged(let reason) = table { result.damage = reason }
    guard case .found(let data, let names) = table else { return result }
    var index: CInt = 1
    var symbol = GElf_Sym()
    while gelf_getsym(data, index, &symbol) != nil {
      index += 1
      guard symbol.st_shndx != UInt16(SHN_UNDEF) else { continue }
      let name = name(at: symbol.st_name, in: names)
      if name == wanted {
        result.value = symbol.st_value
        return result
      }
      if Self.namesCode(symbol.st_info), !name.isEmpty,
        result.others.count < SymbolLookup.othersLimit
      {
        result.others.append(name)
      }
    }
    return result
  }

  /// Where libelf has the symbol table and, by its section, the symbols' names.
  enum Table {
    case absent
    case damaged(String)
    case found(UnsafeMutablePointer<Elf_Data>, names: Int)
  }

  /// Finds the symbol table, and checks that it lies in the file.
  func table(in sections: [SectionHeader]) -> Table {
    guard let section = sections.first(where: { $0.type == UInt32(SHT_SYMTAB) }) else {
      return .absent
    }
    let names = sections.first { $0.index == Int(section.link) }
    for table in [section, names].compactMap(\.self) {
      let end = table.fileOffset.addingSaturated(table.size)
      guard end <= file.size, table.size <= Self.symbolBytesLimit else {
        return .damaged(
          "section #\(table.index) has \(counted(table.size, "byte")) at "
            + "\(hex(table.fileOffset)), the file has \(counted(file.size, "byte"))")
      }
    }
    guard let handle = elf_getscn(handle, section.index), let data = elf_getdata(handle, nil) else {
      return .damaged(Finding.libelfRefuses.message)
    }
    return .found(data, names: Int(section.link))
  }

  private func scan(
    _ data: UnsafeMutablePointer<Elf_Data>, names: Int, entry: GuestPhysicalAddress?
  ) -> ImageSymbols {
    let entrySize: UInt64 = prefix.elfClass == .bits64 ? 24 : 16
    // SAFETY: libelf keeps its data valid until `elf_end`, in this value's deinit.
    let count = Int(UInt64(data.pointee.d_size) / entrySize)
    guard count <= Int(CInt.max) else { return .damaged("it has \(count) entries") }
    var undefinedCount = 0
    var undefined: [String] = []
    var entryName: String?
    for index in stride(from: 1, to: count, by: 1) {
      var symbol = GElf_Sym()
      guard gelf_getsym(data, CInt(index), &symbol) != nil else {
        return .damaged("entry \(index) cannot be read")
      }
      if symbol.st_shndx == UInt16(SHN_UNDEF) {
        // A weak reference may stay undefined: the program compares it with nil.
        guard symbol.st_info >> 4 != UInt8(STB_WEAK) else { continue }
        undefinedCount += 1
        if undefined.count < SymbolTable.undefinedLimit {
          undefined.append(name(at: symbol.st_name, in: names))
        }
      } else if entryName == nil, symbol.st_value == entry?.rawValue,
        Self.namesCode(symbol.st_info)
      {
        entryName = name(at: symbol.st_name, in: names)
      }
    }
    return .read(
      SymbolTable(
        count: count, undefinedCount: undefinedCount, undefined: undefined, entryName: entryName))
  }

  /// Whether a symbol may be a place to start: a function, or an assembly label without a type.
  static func namesCode(_ info: UInt8) -> Bool {
    info & 0xf == UInt8(STT_FUNC) || info & 0xf == UInt8(STT_NOTYPE)
  }

  func name(at offset: UInt32, in section: Int) -> String {
    // SAFETY: libelf returns a NUL-terminated string within the section, or nil.
    elf_strptr(handle, section, Int(offset)).map { String(cString: $0) } ?? "(no name)"
  }
}
