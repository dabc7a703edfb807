// SPDX-License-Identifier: Apache-2.0
import CXenLight
import Glibc

/// The number of a transaction; 0 is none (C name: `xs_transaction_t`).
typealias XenstoreTransaction = UInt32

/// Single messages that change something; each is negative and sets errno if it failed, like a call
/// of libxenctrl, so that ``CreationCalls`` treats all alike.
extension XenstoreConnection {
  func startTransaction() -> XenstoreTransaction? {
    let number = xs_transaction_start(handle)
    return number == 0 ? nil : number
  }

  func endTransaction(_ transaction: XenstoreTransaction, aborting: Bool) -> Int32 {
    status(xs_transaction_end(handle, transaction, aborting))
  }

  func write(_ path: String, _ value: String, in transaction: XenstoreTransaction) -> Int32 {
    status(xs_write(handle, transaction, path, value, UInt32(value.utf8.count)))
  }

  /// Removes a node and all under it; one that is not there is no failure.
  func remove(_ path: String, in transaction: XenstoreTransaction = 0) -> Int32 {
    let result = status(xs_rm(handle, transaction, path))
    return result < 0 && errno == ENOENT ? 0 : result
  }

  /// Makes a domain the owner of a node, or lets it read a node of the control domain's.
  func setRights(
    of id: DomainID, to path: String, owning: Bool, in transaction: XenstoreTransaction
  ) -> Int32 {
    // The first entry names the owner, who may do everything, and what all others may do.
    var rights = [xs_permissions(id: owning ? id.rawValue : 0, perms: .init(XS_PERM_NONE))]
    if !owning { rights.append(xs_permissions(id: id.rawValue, perms: .init(XS_PERM_READ))) }
    return status(
      xs_set_permissions(handle, transaction, path, &rights, UInt32(rights.count)))
  }

  /// Tells xenstored of a domain, with which it then talks through the page and the port.
  func introduce(_ id: DomainID, frame: Int, port: Int32) -> Int32 {
    status(xs_introduce_domain(handle, id.rawValue, UInt(frame), UInt32(port)))
  }

  /// The names of the nodes right under one; none if there is no such node, nil if that failed.
  func children(of path: String, in transaction: XenstoreTransaction) -> [String]? {
    var count: UInt32 = 0
    guard let names = xs_directory(handle, transaction, path, &count) else {
      return errno == ENOENT ? [] : nil
    }
    defer { free(names) }
    return (0..<Int(count)).compactMap { index in names[index].map { String(cString: $0) } }
  }

  /// The value of a node; nil if there is none.
  func value(of path: String, in transaction: XenstoreTransaction = 0) -> String? {
    var length: UInt32 = 0
    guard let value = xs_read(handle, transaction, path, &length) else { return nil }
    defer { free(value) }
    return String(
      decoding: UnsafeRawBufferPointer(start: value, count: Int(length)), as: UTF8.self)
  }

  private func status(_ isDone: Bool) -> Int32 { isDone ? 0 : -1 }
}
