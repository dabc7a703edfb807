// SPDX-License-Identifier: Apache-2.0

import XenFrontends
import XenstoreWire

extension GuestXenstore {
  /// Who may access a node. The first names the owner, and what all may do who are not named.
  ///
  /// - Throws: `GuestError` if xenstored refuses or does not answer.
  public func permissions(of path: GuestText) throws(GuestError) -> [Permission] {
    try perform("reading the permissions of", path) { client, path throws(XenstoreError) in
      var permissions: [Permission] = []
      for string in try client.permissions(of: path, in: transaction) {
        guard let wire = XenstorePermission(decoding: string) else {
          throw .malformedReply(.permissions)
        }
        permissions.append(Permission(wire: wire))
      }
      return permissions
    }
  }

  /// Changes who may access a node. The first names the owner, whom only the control domain can
  /// change, and what all may do who are not named.
  ///
  /// - Throws: `GuestError` if xenstored refuses or does not answer.
  public func setPermissions(
    _ permissions: [Permission], of path: GuestText
  ) throws(GuestError) {
    try perform("setting the permissions of", path) { client, path throws(XenstoreError) in
      try client.setPermissions(permissions.map { $0.wire.encoded }, of: path, in: transaction)
    }
  }

  /// What a domain may do with a node.
  public struct Permission: Equatable, Sendable {
    let wire: XenstorePermission

    /// Whether the domain may read the node.
    public var canRead: Bool { wire.access == .read || wire.access == .readAndWrite }
    /// Whether the domain may write the node.
    public var canWrite: Bool { wire.access == .write || wire.access == .readAndWrite }
    /// The domain's number.
    public var domain: UInt16 { wire.domain }

    /// Lets a domain read a node, write it, both or neither.
    public init(domain: UInt16, canRead: Bool = false, canWrite: Bool = false) {
      let access: XenstorePermission.Access =
        canRead ? (canWrite ? .readAndWrite : .read) : (canWrite ? .write : .none)
      wire = XenstorePermission(access, domain: domain)
    }

    init(wire: XenstorePermission) { self.wire = wire }
  }
}
