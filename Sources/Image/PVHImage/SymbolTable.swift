// SPDX-License-Identifier: Apache-2.0

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
