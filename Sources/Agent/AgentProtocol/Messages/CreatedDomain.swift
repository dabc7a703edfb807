// SPDX-License-Identifier: Apache-2.0

import JSON

/// A domain that has just been created, and is paused.
public struct CreatedDomain: Equatable, Sendable {
  /// The number that Xen gave it (C name: `domid_t`).
  public var domainID: Int
  /// Its name in `xl list`.
  public var name: String
  /// Its memory in KiB.
  public var memoryKiB: Int

  /// Describes a domain.
  public init(domainID: Int, name: String, memoryKiB: Int) {
    self.domainID = domainID
    self.name = name
    self.memoryKiB = memoryKiB
  }

  init(_ fields: HeadFields) throws(ProtocolError) {
    domainID = try fields.count("domainID")
    name = try fields.string("name")
    memoryKiB = try fields.count("memoryKiB")
  }

  var wireMessage: Message {
    Message(
      type: "created",
      [
        JSONMember("domainID", .integer(domainID)),
        JSONMember("name", .string(name)),
        JSONMember("memoryKiB", .integer(memoryKiB)),
      ])
  }
}
