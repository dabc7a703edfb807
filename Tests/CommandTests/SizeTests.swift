// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// What the table of sizes in `docs/everyday-swift.md` says, which `tools/sizes` writes.
@Suite(.enabled("needs what tools/test builds") { Checkout.isBuilt })
struct Sizes {
  /// Rows of the table, and the images that they are about.
  private let images = [
    "nothing else": Checkout.example("hello"),
    "a dictionary of integers": Checkout.everyday("size-dictionary"),
    "a fraction, printed": Checkout.everyday("size-floats"),
    "strings, split, sorted and compared": Checkout.everyday("size-strings"),
    "case and properties of characters": Checkout.everyday("size-unicode"),
    "tasks": Checkout.example("tasks"),
  ]

  @Test func theTableIsTrue() throws {
    let table = try table()
    #expect(Set(table.keys) == Set(images.keys))
    for (row, bytes) in table {
      let size = try size(of: try #require(images[row]))
      #expect(abs(size - bytes) * 100 <= bytes, "\(row): \(size) bytes; run tools/sizes --write")
    }
  }

  @Test func aGuestIsNotLargerThanItMayBe() throws {
    #expect(try size(of: Checkout.example("hello")) <= 16 << 10)
    #expect(try size(of: Checkout.everyday("size-dictionary")) <= 24 << 10)
  }

  /// What needs no table of Unicode has none: the smallest of them is 20 KiB.
  @Test func tablesAreInTheGuestsThatUseThem() throws {
    #expect(try size(of: Checkout.everyday("size-floats")) < 64 << 10)
    #expect(try size(of: Checkout.everyday("size-unicode")) < 400 << 10)
    #expect(try size(of: Checkout.everyday("scalar-names")) > 512 << 10)
  }

  private func size(of image: String) throws -> Int {
    try Data(contentsOf: URL(filePath: image)).count
  }

  private func table() throws -> [String: Int] {
    let page = Checkout.root.appending(path: "docs/everyday-swift.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let rows = text.components(separatedBy: "| hello, and | bytes |\n|---|---|\n")[1]
    return Dictionary(
      uniqueKeysWithValues: rows.split(separator: "\n").compactMap { row in
        let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        guard cells.count == 2, let bytes = Int(cells[1]) else { return nil }
        return (cells[0], bytes)
      })
  }
}
