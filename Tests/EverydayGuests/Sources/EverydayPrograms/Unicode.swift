// SPDX-License-Identifier: Apache-2.0

extension ProgramGroup {
  /// What needs the tables of Unicode.
  public static let unicode = ProgramGroup(
    "unicode",
    [
      Program("upper and lower case", upperAndLowerCase),
      Program("properties of characters", propertiesOfCharacters),
      Program("clusters", clusters),
      Program("the same text in other bytes", sameTextInOtherBytes),
      Program("order of letters", orderOfLetters),
      Program("numbers in many scripts", numbersInManyScripts),
      Program("identifiers", identifiers),
    ])
}

private func upperAndLowerCase() {
  for text in [
    "stra\u{df}e", "\u{130}stanbul", "\u{3a3}\u{3a3}", "\u{fb01}n", "\u{444}\u{44b}", "abc1",
  ] {
    print(text, text.uppercased(), text.lowercased())
  }
  print(
    Character("\u{df}").uppercased(), Character("A").lowercased(), Character("\u{e9}").isLowercase)
}

private func propertiesOfCharacters() {
  for character in "a1 \u{e9}\u{660}\u{4e2d}!\n\u{20ac}+\u{bd}\u{1f600}A" as String {
    let marks = [
      character.isLetter ? "letter" : "", character.isNumber ? "number" : "",
      character.isWhitespace ? "space" : "", character.isPunctuation ? "punctuation" : "",
      character.isUppercase ? "upper" : "", character.isLowercase ? "lower" : "",
      character.isSymbol ? "symbol" : "", character.isMathSymbol ? "maths" : "",
      character.isCurrencySymbol ? "currency" : "", character.isNewline ? "newline" : "",
      character.isASCII ? "ascii" : "", character.isHexDigit ? "hex" : "",
    ].filter { !$0.isEmpty }
    print(character == "\n" ? "newline" : "\(character)", marks.joined(separator: " "))
  }
  print(Character("7").wholeNumberValue ?? -1, Character("f").hexDigitValue ?? -1)
}

private func clusters() {
  let family = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}"
  let flags = "\u{1f1e9}\u{1f1ea}\u{1f1eb}\u{1f1f7}"
  print(family.count, family.unicodeScalars.count, family.utf8.count)
  print(flags.count, "e\u{301}\u{302}".count, "\u{1112}\u{1161}\u{11ab}".count, "\r\n".count)
  print("\u{915}\u{94d}\u{937}\u{93f}".count, "\u{1f44d}\u{1f3fd}".count)
  print(flags.map { "[\($0)]" }.joined())
  print(String(("x" + family + "e\u{301}").reversed()).unicodeScalars.first?.value ?? 0)
}

private func sameTextInOtherBytes() {
  let (composed, decomposed) = ("\u{1e69}", "s\u{307}\u{323}")
  print(composed == decomposed, composed.hashValue == decomposed.hashValue)
  print("\u{ac00}" == "\u{1100}\u{1161}", "\u{212b}" == "\u{c5}", "\u{fb01}" == "fi")
  print(Set(["\u{e9}", "e\u{301}", "e"]).count, ["\u{e9}": 1]["e\u{301}"] ?? 0)
  print("cafe\u{301}s".hasPrefix("caf\u{e9}"), "cafe\u{301}".hasPrefix("cafe"))
}

private func orderOfLetters() {
  let words = ["z", "\u{e9}", "e", "e\u{301}a", "\u{4e2d}", "\u{1f600}", "A", "\u{ffee}"]
  print(words.sorted().joined(separator: " "))
  print("\u{e9}" < "f", "\u{e9}" < "e\u{302}", "\u{ffee}" < "\u{1f600}")
}

private func numbersInManyScripts() {
  for character in "4\u{664}\u{96a}\u{2167}\u{bd}\u{4e94}" as String {
    print(character, character.isNumber, character.isWholeNumber, character.wholeNumberValue ?? -1)
    if let value = character.unicodeScalars.first?.properties.numericValue { print(value) }
  }
}

private func identifiers() {
  for scalar in "a_1\u{e9}-\u{4e2d}\u{301}".unicodeScalars {
    let properties = scalar.properties
    print(
      String(scalar.value, radix: 16), properties.isIDStart, properties.isIDContinue,
      properties.isAlphabetic, properties.isEmoji, properties.canonicalCombiningClass.rawValue)
  }
}
