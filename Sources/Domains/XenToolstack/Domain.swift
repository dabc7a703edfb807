// SPDX-License-Identifier: Apache-2.0

/// A domain that this process created.
public struct Domain: Equatable, Sendable {
  /// Its number, which Xen may give to another domain after this one.
  public var id: DomainID
  /// Its identity, which Xen will not.
  public var uuid: DomainUUID

  /// Names a domain.
  public init(id: DomainID, uuid: DomainUUID) {
    self.id = id
    self.uuid = uuid
  }
}
