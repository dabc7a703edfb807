// SPDX-License-Identifier: Apache-2.0

import ByteText
import XenFrontends
import XenstoreWire

extension GuestXenstore {
  /// The value of a node, nil if there is no such node.
  ///
  /// - Throws: `GuestError` if xenstored refuses or does not answer.
  public func value(of path: GuestText) throws(GuestError) -> [UInt8]? {
    try perform("reading", path) { client, path throws(XenstoreError) in
      do throws(XenstoreError) {
        return try client.read(path, in: transaction)
      } catch {
        guard error == .refused(.notFound) else { throw error }
        return nil
      }
    }
  }

  /// The number that a node's value is in decimal; nil if there is no such node, or no number.
  ///
  /// - Throws: `GuestError` if xenstored refuses or does not answer.
  public func number(of path: GuestText) throws(GuestError) -> UInt64? {
    try value(of: path).flatMap { $0.decimalValue }
  }

  /// The values of many nodes, nil for those that are not there: much faster than one at a time,
  /// as up to twenty requests are under way.
  ///
  /// - Throws: `GuestError` if xenstored refuses one or does not answer.
  public func values(of paths: [GuestText]) throws(GuestError) -> [[UInt8]?] {
    try perform("reading", "several nodes") { client, _ throws(XenstoreError) in
      try client.values(of: paths.map { $0.bytes }, in: transaction)
    }
  }

  /// Sets the value of a node, which is made if there is none.
  ///
  /// - Throws: `GuestError` if xenstored refuses or does not answer.
  public func set(_ path: GuestText, to value: GuestText) throws(GuestError) {
    try set(path, to: value.bytes)
  }

  /// Sets the value of a node, which is made if there is none.
  ///
  /// - Throws: `GuestError` if xenstored refuses or does not answer.
  public func set(_ path: GuestText, to value: [UInt8]) throws(GuestError) {
    try perform("writing", path) { client, path throws(XenstoreError) in
      try client.write(value, to: path, in: transaction)
    }
  }

  /// Makes a node without a value; what there is stays as it is.
  ///
  /// - Throws: `GuestError` if xenstored refuses or does not answer.
  public func make(_ path: GuestText) throws(GuestError) {
    try perform("making", path) { client, path throws(XenstoreError) in
      try client.make(path, in: transaction)
    }
  }

  /// The names of a node's children, however many; none if there is no such node.
  ///
  /// - Throws: `GuestError` if xenstored refuses or does not answer.
  public func children(of path: GuestText) throws(GuestError) -> [[UInt8]] {
    try perform("listing", path) { client, path throws(XenstoreError) in
      do throws(XenstoreError) {
        return try client.list(path, in: transaction)
      } catch {
        guard error == .refused(.notFound) else { throw error }
        return []
      }
    }
  }

  /// Removes a node and all below it; no error if there is none.
  ///
  /// - Throws: `GuestError` if xenstored refuses or does not answer.
  public func remove(_ path: GuestText) throws(GuestError) {
    try perform("removing", path) { client, path throws(XenstoreError) in
      do throws(XenstoreError) {
        try client.remove(path, in: transaction)
      } catch {
        guard error == .refused(.notFound) else { throw error }
      }
    }
  }

  // MARK: Permissions

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
