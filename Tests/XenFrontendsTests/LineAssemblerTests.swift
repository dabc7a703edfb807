// SPDX-License-Identifier: Apache-2.0

import Testing
import XenFrontends

@Suite struct LineAssemblers {
  @Test(arguments: ["one\ntwo\n\nthree", "one\rtwo\r\rthree", "one\r\ntwo\r\n\r\nthree"])
  func anyEndEndsALineInAnyPieces(text: String) {
    for size in 1...text.utf8.count {
      var lines = LineAssembler()
      var found: [[UInt8]] = []
      var rest = bytes(text)[...]
      while !rest.isEmpty {
        lines.append(Array(rest.prefix(size)))
        rest = rest.dropFirst(size)
        while let line = lines.takeLine() { found.append(line) }
      }
      #expect(found == [bytes("one"), bytes("two"), []])
      #expect(lines.takeRest() == bytes("three"))
      #expect(lines.takeRest().isEmpty)
    }
  }

  @Test func aLineWithoutEndIsCut() {
    let limit = LineAssembler.limit
    var lines = LineAssembler()
    lines.append([UInt8](repeating: 1, count: limit))
    #expect(lines.takeLine() == nil)
    lines.append([UInt8](repeating: 1, count: 5) + [10])
    #expect(lines.takeLine()?.count == limit)
    #expect(lines.takeLine()?.count == 5)
    lines.append([UInt8](repeating: 1, count: limit - 1) + [10, 2, 10])
    #expect(lines.takeLine()?.count == limit - 1)
    #expect(lines.takeLine() == [2])
  }

  @Test func aLineOfExactlyTheLimitIsWhole() {
    var lines = LineAssembler()
    lines.append([UInt8](repeating: 1, count: LineAssembler.limit) + [10])
    #expect(lines.takeLine()?.count == LineAssembler.limit)
    #expect(lines.takeLine() == nil)
  }
}
