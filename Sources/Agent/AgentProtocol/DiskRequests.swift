// SPDX-License-Identifier: Apache-2.0

public import XenDomainModel

/// Another disk for a domain that exists.
public struct DiskAttachment: Equatable, Sendable {
  /// The domain's name, or its number.
  public var domain: String
  public var disk: DomainDisk
  /// Bytes of the disk if its content was sent as disk 0; nil for a file or block device of the control
  /// domain.
  public var byteCount: Int?

  public init(domain: String, disk: DomainDisk, byteCount: Int? = nil) {
    self.domain = domain
    self.disk = disk
    self.byteCount = byteCount
  }
}

extension DiskAttachment: WireValue {
  static var blank: DiskAttachment { DiskAttachment(domain: "", disk: .blank) }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("domain", &domain, .text)
    try fields.pass("disk", &disk)
    try fields.pass("byteCount", &byteCount, .count)
  }
}

/// A disk to be taken away from a domain.
public struct DiskDetachment: Equatable, Sendable {
  /// The domain's name, or its number.
  public var domain: String
  public var name: DiskName
  /// Whether it is taken away even if the guest does not let go of it.
  public var isForced: Bool

  public init(domain: String, name: DiskName, isForced: Bool = false) {
    self.domain = domain
    self.name = name
    self.isForced = isForced
  }
}

extension DiskDetachment: WireValue {
  static var blank: DiskDetachment { DiskDetachment(domain: "", name: .first) }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("domain", &domain, .text)
    try fields.pass("name", &name, .diskName)
    try fields.pass("forced", &isForced, .flag)
  }
}

/// A disk as it is in a domain.
public struct DiskSummary: Equatable, Sendable {
  /// What the guest knows it by.
  public var name: String
  /// The path of its file or block device in the control domain; of one whose content was sent, the path
  /// where it came from.
  public var path: String
  public var isReadOnly: Bool
  /// Whether the guest uses it.
  public var isConnected: Bool
  /// Its size, once the guest uses it.
  public var byteCount: Int?

  public init(
    name: String, path: String, isReadOnly: Bool, isConnected: Bool, byteCount: Int? = nil
  ) {
    self.name = name
    self.path = path
    self.isReadOnly = isReadOnly
    self.isConnected = isConnected
    self.byteCount = byteCount
  }
}

extension DiskSummary: WireValue {
  static var blank: DiskSummary {
    DiskSummary(name: "", path: "", isReadOnly: false, isConnected: false)
  }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("name", &name, .text)
    try fields.pass("path", &path, .text)
    try fields.pass("readOnly", &isReadOnly, .flag)
    try fields.pass("connected", &isConnected, .flag)
    try fields.pass("byteCount", &byteCount, .count)
  }
}

extension AgentClient {
  /// Gives a domain another disk; the content of one that is sent was sent before.
  public func attach(_ attachment: DiskAttachment) throws(AgentError) {
    try send(.attachDisk(attachment))
    try waitUntilDone()
  }

  /// Takes a disk away from a domain.
  public func detach(_ detachment: DiskDetachment) throws(AgentError) {
    try send(.detachDisk(detachment))
    try waitUntilDone()
  }

  /// The disks of a domain, by its name or number.
  public func disks(of domain: String) throws(AgentError) -> [DiskSummary] {
    try send(.disks(domain: domain))
    return try answer("\"disks\"") { if case .disks(let disks) = $0 { disks } else { nil } }
  }
}
