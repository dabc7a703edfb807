// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import GuestMachine
public import GuestRuntime

/// What a fixture was told, checked against its description.
///
/// A word `NAME=VALUE` of the command line comes before the node `data/pvh/NAME`, and the description's
/// value holds where there is neither.
public struct GivenParameters {
  private let parameters: [FixtureParameter]
  private let values: [[UInt8]]

  /// Reads and checks them.
  ///
  /// - Parameters:
  ///   - about: What there is.
  ///   - line: The command line.
  ///   - lookUp: Reads a node of xenstore; not called in a domain without one.
  /// - Throws: `GuestError` for a parameter that there is not, with the nearest name, or a value that it
  ///   cannot have.
  public init(
    _ about: FixtureDescription, _ line: BootBytes,
    lookUp: (GuestText) throws(GuestError) -> [UInt8]?
  ) throws(GuestError) {
    parameters = about.parameters
    let names = parameters.map { GuestText(stringLiteral: $0.name).bytes }
    var given = [[UInt8]?](repeating: nil, count: names.count)
    for word in Self.words(of: line) {
      if about.takesOtherText, !names.contains(where: { word.starts(with: $0 + [61]) }) { continue }
      guard let mark = word.firstIndex(of: UInt8(ascii: "=")) else {
        throw GuestError("\"\(word)\" is not NAME=VALUE", exitStatus: 99)
      }
      let name = Array(word[..<mark])
      guard let position = names.firstIndex(of: name) else {
        throw Self.unknown(name, names)
      }
      given[position] = Array(word[(mark + 1)...])
    }
    // A guest that keeps away from xenstore does so here, too.
    let looksThere = about.needs.contains(.xenstore) && SharedPage.xenstore != nil
    if looksThere {
      for position in names.indices where given[position] == nil {
        given[position] = try lookUp("data/pvh/\(names[position])")
      }
    }
    var values: [[UInt8]] = []
    for (parameter, value) in zip(parameters, given) {
      if let value { try parameter.check(value) }
      values.append(value ?? parameter.standard)
    }
    self.values = values
  }

  /// A number; the limit for "max".
  public func number(_ name: StaticString) -> UInt64 {
    let (parameter, value) = find(name)
    if case .numberOrMaximum(let limit) = parameter.kind, value == GuestText("max").bytes {
      return limit
    }
    return FixtureParameter.number(value) ?? 0
  }

  /// Whether "max" was asked for.
  public func isMaximum(_ name: StaticString) -> Bool {
    find(name).1 == GuestText("max").bytes
  }

  /// Text.
  public func text(_ name: StaticString) -> [UInt8] { find(name).1 }

  /// Whether the value is a certain word.
  public func `is`(_ name: StaticString, _ word: StaticString) -> Bool {
    find(name).1 == GuestText(stringLiteral: word).bytes
  }

  private func find(_ name: StaticString) -> (FixtureParameter, [UInt8]) {
    let wanted = GuestText(stringLiteral: name).bytes
    for (parameter, value) in zip(parameters, values)
    where GuestText(stringLiteral: parameter.name).bytes == wanted {
      return (parameter, value)
    }
    fatalError("the fixture asks for a parameter that its description does not have")
  }

  private static func words(of line: BootBytes) -> [[UInt8]] {
    var words: [[UInt8]] = []
    var word: [UInt8] = []
    for byte in line {
      if byte != UInt8(ascii: " ") {
        word.append(byte)
      } else if !word.isEmpty {
        words.append(word)
        word = []
      }
    }
    if !word.isEmpty { words.append(word) }
    return words
  }

  private static func unknown(_ name: [UInt8], _ names: [[UInt8]]) -> GuestError {
    if let nearest = FixtureCatalogue.nearest(to: name, in: names) {
      return GuestError(
        "there is no parameter \"\(name)\"; is it \(names[nearest])?", exitStatus: 99)
    }
    guard let first = names.first else {
      return GuestError("there is no parameter \"\(name)\": this fixture has none", exitStatus: 99)
    }
    let all = names.dropFirst().reduce(GuestText("\(first)")) { "\($0), \($1)" }
    return GuestError("there is no parameter \"\(name)\"; there are \(all)", exitStatus: 99)
  }
}

extension FixtureParameter {
  /// The value that holds when none is given.
  var standard: [UInt8] {
    switch kind {
    case .number(let standard, _, _): GuestText("\(standard)").bytes
    case .numberOrMaximum: GuestText("max").bytes
    case .choice(let words): GuestText(stringLiteral: words[0]).bytes
    case .text(let standard): GuestText(stringLiteral: standard).bytes
    }
  }

  /// Refuses a value that the parameter cannot have.
  func check(_ value: [UInt8]) throws(GuestError) {
    let name = GuestText(stringLiteral: self.name)
    switch kind {
    case .number(_, let least, let most):
      guard let number = Self.number(value), number >= least, number <= most else {
        throw GuestError(
          "\(name)=\(value): it is a number from \(least) to \(most)", exitStatus: 99)
      }
    case .numberOrMaximum(let limit):
      if value == GuestText("max").bytes { return }
      guard let number = Self.number(value), number <= limit else {
        throw GuestError(
          "\(name)=\(value): it is a number from 0 to \(limit), or max", exitStatus: 99)
      }
    case .choice(let words):
      guard !words.contains(where: { GuestText(stringLiteral: $0).bytes == value }) else { return }
      let first = GuestText(stringLiteral: words[0])
      let all = words.dropFirst().reduce(first) { "\($0), \(GuestText(stringLiteral: $1))" }
      throw GuestError("\(name)=\(value): it is one of \(all)", exitStatus: 99)
    case .text: break
    }
  }

  /// A decimal number; nil for what is none.
  static func number(_ text: [UInt8]) -> UInt64? {
    guard !text.isEmpty, text.count <= 19 else { return nil }
    var result: UInt64 = 0
    for byte in text {
      guard byte >= 48, byte <= 57 else { return nil }
      result = result * 10 + UInt64(byte - 48)
    }
    return result
  }
}
