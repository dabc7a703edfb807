// SPDX-License-Identifier: Apache-2.0

/// Addresses in a guest by name.
struct SymbolTable {
  private var lines: [(address: UInt64, name: Substring)] = []

  /// Reads lines of `ADDRESS TYPE NAME`, as `nm` writes them.
  init(contentsOf path: String) throws {
    for line in String(decoding: try Products.bytes(path), as: UTF8.self).split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count == 3, let address = UInt64(fields[0], radix: 16) else { continue }
      lines.append((address, fields[2]))
    }
  }

  /// The one address whose name contains `part`.
  func address(_ part: String) throws -> UInt64 {
    guard let line = lines.first(where: { $0.name.contains(part) }) else {
      throw BenchError.noSymbol(part)
    }
    return line.address
  }

  /// All addresses of this name.
  func addresses(named name: String) -> Set<UInt64> {
    Set(lines.filter { $0.name == name }.map(\.address))
  }
}
