// SPDX-License-Identifier: Apache-2.0

// Swift's own `print` takes one value in Embedded Swift. These take up to eight, as it does elsewhere;
// the compiler has no way of saying "any number" here that works.

/// Prints two values in a line.
public func print(
  _ first: some CustomStringConvertible, _ second: some CustomStringConvertible,
  separator: String = " ", terminator: String = "\n"
) {
  printLine(
    [first.description, second.description], separator, terminator)
}

/// Prints three values in a line.
public func print(
  _ first: some CustomStringConvertible, _ second: some CustomStringConvertible,
  _ third: some CustomStringConvertible,
  separator: String = " ", terminator: String = "\n"
) {
  printLine(
    [first.description, second.description, third.description], separator, terminator)
}

/// Prints four values in a line.
public func print(
  _ first: some CustomStringConvertible, _ second: some CustomStringConvertible,
  _ third: some CustomStringConvertible, _ fourth: some CustomStringConvertible,
  separator: String = " ", terminator: String = "\n"
) {
  printLine(
    [
      first.description, second.description, third.description, fourth.description,
    ], separator, terminator)
}

/// Prints five values in a line.
public func print(
  _ first: some CustomStringConvertible, _ second: some CustomStringConvertible,
  _ third: some CustomStringConvertible, _ fourth: some CustomStringConvertible,
  _ fifth: some CustomStringConvertible,
  separator: String = " ", terminator: String = "\n"
) {
  printLine(
    [
      first.description, second.description, third.description, fourth.description,
      fifth.description,
    ], separator, terminator)
}

/// Prints six values in a line.
public func print(
  _ first: some CustomStringConvertible, _ second: some CustomStringConvertible,
  _ third: some CustomStringConvertible, _ fourth: some CustomStringConvertible,
  _ fifth: some CustomStringConvertible, _ sixth: some CustomStringConvertible,
  separator: String = " ", terminator: String = "\n"
) {
  printLine(
    [
      first.description, second.description, third.description, fourth.description,
      fifth.description, sixth.description,
    ], separator, terminator)
}

/// Prints seven values in a line.
public func print(
  _ first: some CustomStringConvertible, _ second: some CustomStringConvertible,
  _ third: some CustomStringConvertible, _ fourth: some CustomStringConvertible,
  _ fifth: some CustomStringConvertible, _ sixth: some CustomStringConvertible,
  _ seventh: some CustomStringConvertible,
  separator: String = " ", terminator: String = "\n"
) {
  printLine(
    [
      first.description, second.description, third.description, fourth.description,
      fifth.description, sixth.description, seventh.description,
    ], separator, terminator)
}

/// Prints eight values in a line.
public func print(
  _ first: some CustomStringConvertible, _ second: some CustomStringConvertible,
  _ third: some CustomStringConvertible, _ fourth: some CustomStringConvertible,
  _ fifth: some CustomStringConvertible, _ sixth: some CustomStringConvertible,
  _ seventh: some CustomStringConvertible, _ eighth: some CustomStringConvertible,
  separator: String = " ", terminator: String = "\n"
) {
  printLine(
    [
      first.description, second.description, third.description, fourth.description,
      fifth.description, sixth.description, seventh.description, eighth.description,
    ], separator, terminator)
}

private func printLine<Text: StringProtocol>(
  _ items: [Text], _ separator: Text, _ terminator: Text
) {
  Swift.print(items.joined(separator: String(separator)), terminator: "")
  Swift.print(String(terminator), terminator: "")
}

/// Prints an empty line.
public func print() { Swift.print("") }

/// What Swift finds out by reflection elsewhere; the text is the same.
extension DefaultStringInterpolation {
  /// Adds a value in "Optional(…)", or "nil".
  public mutating func appendInterpolation<Wrapped: CustomStringConvertible>(_ value: Wrapped?) {
    if let value { appendLiteral("Optional(\(value))") } else { appendLiteral("nil") }
  }

  /// Adds text as it stands in a program, in "Optional(…)", or "nil".
  public mutating func appendInterpolation<Text: StringProtocol>(_ value: Text?) {
    if let value { appendLiteral("Optional(\(quoted: value))") } else { appendLiteral("nil") }
  }

  /// Adds the elements, in brackets.
  public mutating func appendInterpolation<Element: CustomStringConvertible>(_ value: [Element]) {
    appendList(value) { $0.appendInterpolation($1) }
  }

  /// Adds the elements as they stand in a program, in brackets.
  public mutating func appendInterpolation<Text: StringProtocol>(_ value: [Text]) {
    appendList(value) { $0.appendInterpolation(quoted: $1) }
  }

  /// Adds the elements, in brackets.
  public mutating func appendInterpolation<Element: CustomStringConvertible>(_ value: Set<Element>)
  {
    appendList(value) { $0.appendInterpolation($1) }
  }

  /// Adds the elements as they stand in a program, in brackets.
  public mutating func appendInterpolation<Text: StringProtocol>(_ value: Set<Text>) {
    appendList(value) { $0.appendInterpolation(quoted: $1) }
  }

  /// Adds the keys and their values, in brackets.
  public mutating func appendInterpolation<
    Key: CustomStringConvertible, Value: CustomStringConvertible
  >(
    _ value: [Key: Value]
  ) {
    appendPairs(value, { $0.appendInterpolation($1) }, { $0.appendInterpolation($1) })
  }

  /// Adds the keys as they stand in a program, and their values, in brackets.
  public mutating func appendInterpolation<Key: StringProtocol, Value: CustomStringConvertible>(
    _ value: [Key: Value]
  ) {
    appendPairs(value, { $0.appendInterpolation(quoted: $1) }, { $0.appendInterpolation($1) })
  }

  /// Adds the keys, and their values as they stand in a program, in brackets.
  public mutating func appendInterpolation<Key: CustomStringConvertible, Value: StringProtocol>(
    _ value: [Key: Value]
  ) {
    appendPairs(value, { $0.appendInterpolation($1) }, { $0.appendInterpolation(quoted: $1) })
  }

  /// Adds the keys and their values as they stand in a program, in brackets.
  public mutating func appendInterpolation<Key: StringProtocol, Value: StringProtocol>(
    _ value: [Key: Value]
  ) {
    appendPairs(
      value, { $0.appendInterpolation(quoted: $1) }, { $0.appendInterpolation(quoted: $1) })
  }

  /// Adds a length of time, in seconds.
  @export(implementation)
  public mutating func appendInterpolation(_ value: Duration) {
    appendLiteral("\(value / .seconds(1)) seconds")
  }

  /// Adds text in quotation marks, with what cannot stand between them escaped.
  fileprivate mutating func appendInterpolation(quoted text: some StringProtocol) {
    appendLiteral(String(text).debugDescription)
  }

  private mutating func appendPairs<Key: Hashable, Value>(
    _ pairs: [Key: Value], _ appendKey: (inout DefaultStringInterpolation, Key) -> Void,
    _ appendValue: (inout DefaultStringInterpolation, Value) -> Void
  ) {
    guard !pairs.isEmpty else { return appendLiteral("[:]") }
    appendList(pairs) { text, pair in
      appendKey(&text, pair.key)
      text.appendLiteral(": ")
      appendValue(&text, pair.value)
    }
  }

  private mutating func appendList<Elements: Sequence>(
    _ elements: Elements, _ append: (inout DefaultStringInterpolation, Elements.Element) -> Void
  ) {
    var separator = "["
    for element in elements {
      appendLiteral(separator)
      append(&self, element)
      separator = ", "
    }
    appendLiteral(separator == "[" ? "[]" : "]")
  }
}
