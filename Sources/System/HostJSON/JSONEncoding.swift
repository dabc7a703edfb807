// SPDX-License-Identifier: Apache-2.0

/// Values of Swift as JSON and back, through `Codable`.
///
/// Own code and not Foundation's coders: the agent has none of Foundation, and what both sides write is to
/// look the same. The parser is strict: no key twice, no fraction unless it is asked for, no deep nesting.
public enum JSON {
  /// A value as JSON, the keys of objects in the order of their names.
  ///
  /// - Throws: `EncodingError` for numbers that are not whole, which no type here has.
  public static func value(_ value: some Encodable) throws -> JSONValue {
    let node = JSONNode()
    try value.encode(to: JSONNodeEncoder(node: node, codingPath: []))
    return node.value
  }

  /// Reads a value; `takesFractions` lets numbers that are not whole stand where nobody looks.
  ///
  /// - Throws: `DecodingError`; its context describes what is wrong, and where in a text that is no JSON.
  public static func decode<Value: Decodable>(
    _ type: Value.Type, from text: [UInt8], takesFractions: Bool = false
  ) throws -> Value {
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue(parsing: text, takesFractions: takesFractions)
    } catch {
      throw DecodingError.dataCorrupted(
        .init(codingPath: [], debugDescription: "it is not JSON: \(error)"))
    }
    return try Value(from: JSONNodeDecoder(value: value, codingPath: []))
  }
}

/// A value that is being put together.
private final class JSONNode {
  enum Content {
    case value(JSONValue)
    case array([JSONNode])
    case object([String: JSONNode])
  }

  var content = Content.value(.null)

  var value: JSONValue {
    switch content {
    case .value(let value): value
    case .array(let nodes): .array(nodes.map(\.value))
    case .object(let nodes):
      .object(
        nodes.sorted { $0.key < $1.key }.map { JSONMember($0.key, $0.value.value) })
    }
  }

  func member(_ key: String) -> JSONNode {
    let node = JSONNode()
    guard case .object(var nodes) = content else {
      content = .object([key: node])
      return node
    }
    nodes[key] = node
    content = .object(nodes)
    return node
  }

  func element() -> JSONNode {
    let node = JSONNode()
    guard case .array(let nodes) = content else {
      content = .array([node])
      return node
    }
    content = .array(nodes + [node])
    return node
  }
}

private struct JSONNodeEncoder: Encoder, SingleValueEncodingContainer {
  let node: JSONNode
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    if case .object = node.content {} else { node.content = .object([:]) }
    return KeyedEncodingContainer(Keyed(node: node, codingPath: codingPath))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    if case .array = node.content {} else { node.content = .array([]) }
    return Unkeyed(node: node, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { self }

  func encodeNil() { node.content = .value(.null) }

  func encode(_ value: some Encodable) throws {
    switch value {
    case let value as String: node.content = .value(.string(value))
    case let value as Bool: node.content = .value(.boolean(value))
    case let value as any BinaryInteger:
      if let number = Int(exactly: value) {
        node.content = .value(.integer(number))
      } else if let number = UInt64(exactly: value) {
        node.content = .value(.large(number))
      } else {
        throw unsuitable(value)
      }
    case let value as any BinaryFloatingPoint: throw unsuitable(value)
    default: try value.encode(to: self)
    }
  }

  private func unsuitable(_ value: Any) -> EncodingError {
    EncodingError.invalidValue(
      value, .init(codingPath: codingPath, debugDescription: "only whole numbers are used here"))
  }

  private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: JSONNode
    let codingPath: [any CodingKey]

    private func encoder(_ key: any CodingKey) -> JSONNodeEncoder {
      JSONNodeEncoder(node: node.member(key.stringValue), codingPath: codingPath + [key])
    }

    func encodeNil(forKey key: Key) { encoder(key).encodeNil() }

    func encode(_ value: some Encodable, forKey key: Key) throws {
      try encoder(key).encode(value)
    }

    func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> { encoder(key).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
      encoder(key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { JSONNodeEncoder(node: node, codingPath: codingPath) }
    func superEncoder(forKey key: Key) -> any Encoder { encoder(key) }
  }

  private struct Unkeyed: UnkeyedEncodingContainer {
    let node: JSONNode
    let codingPath: [any CodingKey]

    var count: Int { if case .array(let nodes) = node.content { nodes.count } else { 0 } }

    private func encoder() -> JSONNodeEncoder {
      JSONNodeEncoder(node: node.element(), codingPath: codingPath)
    }

    func encodeNil() { encoder().encodeNil() }
    func encode(_ value: some Encodable) throws { try encoder().encode(value) }

    func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type
    ) -> KeyedEncodingContainer<Nested> { encoder().container(keyedBy: type) }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder().unkeyedContainer() }
    func superEncoder() -> any Encoder { encoder() }
  }
}
