// SPDX-License-Identifier: Apache-2.0

/// Words of a text that may be names of settings, each once, in the order of their first places.
///
/// libxlutil says whether a name is set but not which names are. So each word before a `=` or `+=` is
/// taken here, in comments and strings, too: no setting is missed, and it sorts out the rest. Names are
/// of its letters (`[a-z][a-z0-9_.]*`), and only blanks may come between name and sign.
struct XLKeys {
  let all: [String]

  init(in text: [UInt8]) {
    var names: [String] = []
    var seen: Set<String> = []
    var word = 0..<0
    for (index, byte) in text.enumerated() {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "_"), UInt8(ascii: "."):
        word = (word.upperBound == index ? word.lowerBound : index)..<(index + 1)
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "+"): break
      case UInt8(ascii: "="):
        guard !word.isEmpty else { continue }
        let name = String(decoding: text[word], as: UTF8.self)
        if seen.insert(name).inserted { names.append(name) }
        word = 0..<0
      default: word = 0..<0
      }
    }
    all = names
  }
}
