// SPDX-License-Identifier: Apache-2.0

import JSON

/// What a file, or a command line, says about a domain; what it does not say is nil.
public struct DomainDescription: Equatable, Sendable {
  /// The domain's name.
  public var name: String?
  /// The path of the image, on the side of pvh.
  public var image: String?
  /// The paths of the modules, on the side of pvh.
  public var modules: [String]?
  /// The command line passed to the guest.
  public var commandLine: String?
  /// Memory of the domain in KiB.
  public var memoryKiB: Int?
  /// Virtual processors of the domain.
  public var vcpuCount: Int?
  /// How the guest's reads of the time-stamp counter are served.
  public var timestampCounter: TimestampCounter?
  /// Which of Xen's libraries build the domain.
  public var loader: DomainLoader?
  /// Whether the domain is started again.
  public var restart: RestartPolicy?
  /// What of the file has no effect, and why: sentences for people.
  public var remarks: [String] = []

  /// Says nothing yet.
  public init() {}

  /// The same, and where it says nothing what another one says.
  public func completed(by other: DomainDescription) -> DomainDescription {
    var result = self
    result.name = name ?? other.name
    result.image = image ?? other.image
    result.modules = modules ?? other.modules
    result.commandLine = commandLine ?? other.commandLine
    result.memoryKiB = memoryKiB ?? other.memoryKiB
    result.vcpuCount = vcpuCount ?? other.vcpuCount
    result.timestampCounter = timestampCounter ?? other.timestampCounter
    result.loader = loader ?? other.loader
    result.restart = restart ?? other.restart
    result.remarks += other.remarks
    return result
  }
}

extension DomainDescription {
  init(_ fields: HeadFields) throws(ProtocolError) {
    name = try fields.optionalString("name")
    image = try fields.optionalString("image")
    modules = fields.head["modules"] == nil ? nil : try fields.strings("modules")
    commandLine = try fields.optionalString("commandLine")
    memoryKiB = try fields.optionalCount("memoryKiB")
    vcpuCount = try fields.optionalCount("vcpuCount")
    timestampCounter = try fields.optionalChoice("timestampCounter")
    loader = try fields.optionalChoice("loader")
    restart = try fields.optionalChoice("restart")
    remarks = try fields.strings("remarks")
  }

  var wireMessage: Message {
    let texts: [(String, String?)] = [
      ("name", name), ("image", image), ("commandLine", commandLine),
      ("timestampCounter", timestampCounter?.rawValue), ("loader", loader?.rawValue),
      ("restart", restart?.rawValue),
    ]
    return Message(
      type: "description",
      texts.compactMap { key, text in text.map { JSONMember(key, .string($0)) } }
        + (modules.map { [JSONMember("modules", .strings($0))] } ?? [])
        + JSONMember.optional("memoryKiB", memoryKiB)
        + JSONMember.optional("vcpuCount", vcpuCount)
        + [JSONMember("remarks", .strings(remarks))])
  }
}

extension HeadFields {
  fileprivate func optionalString(_ key: String) throws(ProtocolError) -> String? {
    head[key] == nil ? nil : try string(key)
  }

  fileprivate func optionalChoice<Choice: RawRepresentable & CaseIterable>(
    _ key: String
  ) throws(ProtocolError) -> Choice? where Choice.RawValue == String {
    guard let text = try optionalString(key) else { return nil }
    guard let choice = Choice(rawValue: text) else {
      let known = Choice.allCases.map { "\"\($0.rawValue)\"" }
      throw wrong(key, known.joined(separator: " or "))
    }
    return choice
  }
}

extension JSONValue {
  fileprivate static func strings(_ texts: [String]) -> JSONValue {
    .array(texts.map { .string($0) })
  }
}
