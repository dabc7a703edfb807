// SPDX-License-Identifier: Apache-2.0

/// In JSON, or what else there is a decoder for: an object with the properties' names, of which all but
/// `name` and `memoryKiB` may be left out. A name that is none of them is refused.
extension DomainConfiguration: Decodable {
  private enum Key: String, CodingKey, CaseIterable {
    case name, commandLine, memoryKiB, vcpuCount, nativeTimestampCounter, modules
  }

  /// Any key at all, to see those that should not be there.
  private struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(stringValue: String) { self.stringValue = stringValue }

    init?(intValue: Int) { return nil }
  }

  /// The configuration that an object describes; ``validate()`` judges its values.
  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: AnyKey.self).allKeys
    if let unknown = keys.first(where: { Key(stringValue: $0.stringValue) == nil }) {
      let known = Key.allCases.map(\.rawValue).joined(separator: ", ")
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath + [unknown],
          debugDescription: "\"\(unknown.stringValue)\" is unknown: there are \(known)"))
    }
    let values = try decoder.container(keyedBy: Key.self)
    self.init(
      name: try values.decode(String.self, forKey: .name),
      memoryKiB: try values.decode(Int.self, forKey: .memoryKiB))
    func take<Value: Decodable>(_ key: Key, _ property: WritableKeyPath<Self, Value>) throws {
      guard let value = try values.decodeIfPresent(Value.self, forKey: key) else { return }
      self[keyPath: property] = value
    }
    try take(.commandLine, \.commandLine)
    try take(.vcpuCount, \.vcpuCount)
    try take(.nativeTimestampCounter, \.nativeTimestampCounter)
    try take(.modules, \.modules)
  }
}
