// SPDX-License-Identifier: Apache-2.0

import JSON

/// What an agent says of itself and of the Xen that it drives.
public struct AgentInformation: Equatable, Sendable {
  /// The protocol that the agent speaks.
  public var version: ProtocolVersion
  /// The version of the running Xen, such as "4.17.7".
  public var xenVersion: String
  /// Memory in KiB that Xen has left for new domains.
  public var freeMemoryKiB: Int

  /// Describes an agent.
  public init(version: ProtocolVersion, xenVersion: String, freeMemoryKiB: Int) {
    self.version = version
    self.xenVersion = xenVersion
    self.freeMemoryKiB = freeMemoryKiB
  }

  init(_ fields: HeadFields) throws(ProtocolError) {
    version = ProtocolVersion(rawValue: try fields.integer("protocol"))
    xenVersion = try fields.string("xenVersion")
    freeMemoryKiB = try fields.count("freeMemoryKiB")
  }

  var wireMessage: Message {
    Message(
      type: "ready",
      [
        JSONMember("protocol", .integer(version.rawValue)),
        JSONMember("xenVersion", .string(xenVersion)),
        JSONMember("freeMemoryKiB", .integer(freeMemoryKiB)),
      ])
  }
}
