// SPDX-License-Identifier: Apache-2.0

/// A JSON value, as far as the agent's protocol needs one: its numbers are whole.
public enum JSONValue: Equatable, Sendable {
  case null
  case boolean(Bool)
  case integer(Int)
  case string(String)
  case array([JSONValue])
  case object([JSONMember])

  /// The value of the first member with this key, if this is an object that has one.
  public subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    for member in members where member.key == key { return member.value }
    return nil
  }
}

/// One key and its value; an object keeps its members in the order in which they were written.
public struct JSONMember: Equatable, Sendable {
  /// The name of the member.
  public var key: String
  /// What it stands for.
  public var value: JSONValue

  /// Pairs a key with a value.
  public init(_ key: String, _ value: JSONValue) {
    self.key = key
    self.value = value
  }
}
