// SPDX-License-Identifier: Apache-2.0

public import DomainModel
public import JSON

/// One domain of the Xen that the agent drives.
public struct DomainSummary: Equatable, Sendable {
  /// The number that Xen gave it (C name: `domid_t`); nil if there is no domain at the moment.
  public var domainID: Int?
  /// Its name in xenstore; empty if it has none.
  public var name: String
  /// Its identity, 32 hexadecimal digits.
  public var uuid: String
  /// What it is doing.
  public var state: DomainState
  /// Its memory in KiB as Xen counts it, the few pages for console and xenstore included.
  public var memoryKiB: Int
  /// Its virtual processors.
  public var vcpuCount: Int
  /// Processor time that it has had; nil if there is no domain at the moment.
  public var cpuNanoseconds: Int?
  /// What its supervisor says of it, if it has one.
  public var supervision: Supervision?

  /// Describes a domain.
  public init(
    domainID: Int?, name: String, uuid: String, state: DomainState, memoryKiB: Int, vcpuCount: Int,
    cpuNanoseconds: Int?, supervision: Supervision? = nil
  ) {
    self.domainID = domainID
    self.name = name
    self.uuid = uuid
    self.state = state
    self.memoryKiB = memoryKiB
    self.vcpuCount = vcpuCount
    self.cpuNanoseconds = cpuNanoseconds
    self.supervision = supervision
  }

  static func all(_ body: [UInt8]) throws(ProtocolError) -> [DomainSummary] {
    var domains: [DomainSummary] = []
    for object in try HeadFields.objects(body, type: "domains") {
      domains.append(try DomainSummary(object))
    }
    return domains
  }

  init(_ fields: HeadFields) throws(ProtocolError) {
    guard let state = DomainState(rawValue: try fields.string("state")) else {
      throw fields.wrong("state", "one of the states of this protocol version")
    }
    self.init(
      domainID: try fields.optionalCount("domainID"), name: try fields.string("name"),
      uuid: try fields.string("uuid"), state: state, memoryKiB: try fields.count("memoryKiB"),
      vcpuCount: try fields.count("vcpuCount"),
      cpuNanoseconds: try fields.optionalCount("cpuNanoseconds"))
    if let supervision = try fields.object("supervision") {
      self.supervision = try Supervision(supervision)
    }
  }

  /// The domain as it goes over the wire, and as `pvh list --json` prints it.
  public var json: JSONValue {
    .object(
      [
        JSONMember("domainID", domainID.map { .integer($0) } ?? .null),
        JSONMember("name", .string(name)), JSONMember("uuid", .string(uuid)),
        JSONMember("state", .string(state.rawValue)), JSONMember("memoryKiB", .integer(memoryKiB)),
        JSONMember("vcpuCount", .integer(vcpuCount)),
      ] + JSONMember.optional("cpuNanoseconds", cpuNanoseconds)
        + (supervision.map { [JSONMember("supervision", $0.json)] } ?? []))
  }
}
