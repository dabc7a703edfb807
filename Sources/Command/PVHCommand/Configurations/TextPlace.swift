// SPDX-License-Identifier: Apache-2.0

/// A place in a text as people and editors count: "3:14", line and column in bytes, from 1.
struct TextPlace: CustomStringConvertible {
  let line: Int
  let column: Int

  init(offset: Int, in text: [UInt8]) {
    let before = text.prefix(offset)
    line = before.count { $0 == UInt8(ascii: "\n") } + 1
    column = before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count + 1
  }

  var description: String { "\(line):\(column)" }
}
