// SPDX-License-Identifier: Apache-2.0

extension ProgramGroup {
  /// Text, as programs work with it every day.
  public static let strings = ProgramGroup(
    "strings",
    [
      Program("equal and in order", equalAndInOrder),
      Program("beginnings and ends", beginningsAndEnds),
      Program("splitting and joining", splittingAndJoining),
      Program("a configuration file", configurationFile),
      Program("positions", positions),
      Program("changing in place", changingInPlace),
      Program("interpolation", interpolation),
      Program("bytes and text", bytesAndText),
      Program("long and short", longAndShort),
      Program("a table", table),
    ])
}

private func equalAndInOrder() {
  print("abc" == "abc", "abc" == "abd", "a" < "b", "a" < "B", "" < "a", "10" < "9")
  print(["pear", "apple", "Banana", "fig"].sorted().joined(separator: " "))
  print("caf\u{e9}" == "cafe\u{301}", "caf\u{e9}".utf8.count, "cafe\u{301}".utf8.count)
  print(min("b", "a"), max("b", "a"), "a" != "b", "a" <= "a")
}

private func beginningsAndEnds() {
  let path = "/usr/lib/libc.so.6"
  print(path.hasPrefix("/usr"), path.hasPrefix("usr"), path.hasSuffix(".6"), path.hasSuffix(""))
  print(path.first ?? "?", path.last ?? "?", path.prefix(4), path.suffix(2), path.dropFirst(5))
  print(path.prefix { $0 != "l" }, path.contains("c"), path.contains { $0.isNumber })
  print("aaa".starts(with: "aa"))
}

private func splittingAndJoining() {
  let line = "one, two,,three"
  print(line.split(separator: ",").map { "[\($0)]" }.joined())
  print(line.split(separator: ",", omittingEmptySubsequences: false).count)
  print(String(line.split(separator: ",", maxSplits: 1).last ?? "none"))
  print(line.split { $0 == "," || $0 == " " }.joined(separator: "|"))
  print(["a", "b", "c"].joined(), ["x"].joined(separator: "-"))
}

private func configurationFile() {
  let file = """
    # a comment
    name = web
    port=80

    path = /srv/www
    """
  var values: [String: String] = [:]
  for line in file.split(separator: "\n") where !line.hasPrefix("#") {
    let parts = line.split(separator: "=", maxSplits: 1)
    guard parts.count == 2 else { continue }
    values[parts[0].filter { $0 != " " }] = String(parts[1].drop { $0 == " " })
  }
  for key in values.keys.sorted() { print("\(key) -> \(values[key] ?? "")") }
  print(Int(values["port"] ?? "") ?? -1)
}

private func positions() {
  let text = "h\u{e9}llo"
  print(text.count, text.utf8.count, text.unicodeScalars.count, text.utf16.count)
  if let place = text.firstIndex(of: "l") {
    print(
      text[place], text[..<place], text[place...], text.distance(from: text.startIndex, to: place))
  }
  let third = text.index(text.startIndex, offsetBy: 2)
  print(text[third], text[text.index(before: text.endIndex)], text.lastIndex(of: "l") != nil)
  print(String(text.reversed()), text.indices.count)
  for (place, character) in text.enumerated() where place % 2 == 1 { print(place, character) }
}

private func changingInPlace() {
  var text = "hello"
  text += ", world"
  text.append("!")
  text.insert("_", at: text.startIndex)
  print(text, text.removeLast(), text.removeFirst())
  text.removeAll { $0 == "l" }
  print(text, text.uppercased(), text.lowercased())
  if let comma = text.firstIndex(of: ",") { text.replaceSubrange(comma..., with: "...") }
  print(text, String(repeating: "ab", count: 3), text.isEmpty)
}

private struct Temperature: CustomStringConvertible {
  var degrees: Double
  var description: String { "\(degrees) \u{b0}C" }
}

private func interpolation() {
  let (name, count, ratio, isOn): (String, Int, Double, Bool) = ("Xen", 3, 0.25, true)
  print("\(name) has \(count) of \(ratio), \(isOn), \(!isOn)")
  let (some, none, word): (Int?, Double?, String?) = (4, nil, "a \"b\"\n")
  // The host warns of what it shows in the same way.
  #if GUEST
    print("\(some) \(none) \(word)")
  #else
    print(String(describing: some), String(describing: none), String(describing: word))
  #endif
  print("\([1, 2]) \(["x", "y"]) \([Bool]()) \(Set([7]))")
  print("\([1: true]) \(["a": 1.5]) \([2: "b"]) \(["c": "d"]) \([Int: Int]())")
  print("\(Temperature(degrees: 21.5)) \(name.count > 2 ? "long" : "short") \("nested \("deep")")")
  print(#"raw \(name) \n"#, "tab\tquote\" backslash\\ unicode \u{2603}")
  print(
    """
    several
      lines, \(count)
    """)
}

private func bytesAndText() {
  let bytes: [UInt8] = [72, 105, 0xe2, 0x98, 0x83]
  print(String(decoding: bytes, as: UTF8.self), Array("Hi\u{2603}".utf8) == bytes)
  print(String(decoding: [72, 0xff, 73] as [UInt8], as: UTF8.self))
  print(String(validating: bytes, as: UTF8.self) ?? "invalid")
  print(String(validating: [0xff] as [UInt8], as: UTF8.self) ?? "invalid")
  print("A".utf8.first ?? 0, "\u{1f600}".utf16.map { String($0, radix: 16) }.joined(separator: " "))
  print("abc".utf8.reduce(0) { $0 + Int($1) }, "z".unicodeScalars.first?.value ?? 0)
}

private func longAndShort() {
  var text = ""
  for number in 0..<2000 { text += "\(number)," }
  print(text.utf8.count, text.hasSuffix("1999,"), text.split(separator: ",").count)
  let small = "fifteen bytes.."
  print(small + "!" == "fifteen bytes..!", small.utf8.count)
  let piece = text.dropFirst(10).prefix(20)
  print(piece, String(piece).count)
}

private func table() {
  func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
  for row in 1...4 { print((1...5).map { padded("\(row * $0)", 4) }.joined()) }
}
