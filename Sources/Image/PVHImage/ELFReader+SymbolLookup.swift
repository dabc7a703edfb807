// SPDX-License-Identifier: Apache-2.0

import CLibelf

/// A symbol's value, or names that could have been meant.
struct SymbolLookup {
  var value: UInt64?
  /// The first names of code in the table.
  var others: [String] = []

  /// More names than this are of no use to a reader.
  static var othersLimit: Int { 8 }
}

extension ELFReader {
  /// Looks up a symbol by its name.
  func lookUp(_ wanted: String, in sections: [SectionHeader]) -> SymbolLookup {
    var result = SymbolLookup()
    guard case .found(let data, let names) = table(in: sections) else { return result }
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
}
