// SPDX-License-Identifier: Apache-2.0

/// What a domain is to be, with no setting left open: what builders and agents take.
public struct DomainConfiguration: Sendable, Equatable, Encodable {
  /// Its name, which no other domain may have.
  public var name: String
  public var commandLine: String
  public var memoryKiB: Int
  public var vcpuCount: Int
  /// Whether the guest reads the processor's own time-stamp counter, whatever Xen would choose.
  public var nativeTimestampCounter: Bool
  /// The parts of the image's module file that are a module each, from a page boundary on; none means
  /// that the whole file is one.
  public var modules: [Range<Int>]
  /// Its disks, in the control domain.
  public var disks: [DomainDisk]
  /// Its network interfaces, the first of which is number 0.
  public var interfaces: [DomainInterface]

  public init(
    name: String, commandLine: String = "", memoryKiB: Int, vcpuCount: Int = 1,
    nativeTimestampCounter: Bool = false, modules: [Range<Int>] = [],
    disks: [DomainDisk] = [], interfaces: [DomainInterface] = []
  ) {
    self.name = name
    self.commandLine = commandLine
    self.memoryKiB = memoryKiB
    self.vcpuCount = vcpuCount
    self.nativeTimestampCounter = nativeTimestampCounter
    self.modules = modules
    self.disks = disks
    self.interfaces = interfaces
  }

  /// Refuses what Xen's libraries would refuse late, or not at all.
  public func validate() throws(ToolstackError) {
    let faults = [
      DomainRules.fault(name: name), DomainRules.fault(commandLine: commandLine),
      DomainRules.fault(memoryKiB: memoryKiB), DomainRules.fault(vcpuCount: vcpuCount),
      DomainRules.fault(disks: disks), DomainRules.fault(interfaces: interfaces),
    ]
    guard let fault = faults.compactMap(\.self).first else { return }
    throw ToolstackError(.badConfiguration, fault)
  }
}

/// In JSON, or what else there is a decoder for: an object with the properties' names, of which all but
/// `name` and `memoryKiB` may be left out. A name that is none of them is refused.
extension DomainConfiguration: Decodable {
  private enum Key: String, CodingKey, CaseIterable {
    case name, commandLine, memoryKiB, vcpuCount, nativeTimestampCounter, modules, disks,
      interfaces
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
    try take(.disks, \.disks)
    try take(.interfaces, \.interfaces)
  }
}
