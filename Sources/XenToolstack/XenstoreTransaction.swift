// SPDX-License-Identifier: Apache-2.0
import CXenLight
import Glibc

/// Changes that the others see all at once, or not at all.
struct XenstoreTransaction {
  private let handle: OpaquePointer
  private let number: xs_transaction_t

  fileprivate init(_ handle: OpaquePointer) throws(ToolstackError) {
    self.handle = handle
    number = xs_transaction_start(handle)
    guard number != 0 else { throw ToolstackError(call: "starting a transaction with xenstored") }
  }

  /// Writes a node; missing ones above it come into being, with the rights of those above them.
  func write(_ path: String, _ value: String) throws(ToolstackError) {
    guard xs_write(handle, number, path, value, UInt32(value.utf8.count)) else {
      throw ToolstackError(call: "writing \(path) to xenstore")
    }
  }

  /// Makes a node without a value.
  func make(_ path: String) throws(ToolstackError) {
    guard xs_mkdir(handle, number, path) else {
      throw ToolstackError(call: "making \(path) in xenstore")
    }
  }

  /// Says whose a node is, and who may read it beside the owner.
  func permit(_ path: String, owner: DomainID, reader: DomainID? = nil) throws(ToolstackError) {
    var rights = [xs_permissions(id: owner.rawValue, perms: UInt32(XS_PERM_NONE))]
    if let reader {
      rights.append(xs_permissions(id: reader.rawValue, perms: UInt32(XS_PERM_READ)))
    }
    guard xs_set_permissions(handle, number, path, &rights, UInt32(rights.count)) else {
      throw ToolstackError(call: "setting the rights of \(path) in xenstore")
    }
  }

  /// Removes a node and all below it; no node is no error.
  func remove(_ path: String) throws(ToolstackError) {
    guard xs_rm(handle, number, path) || errno == ENOENT else {
      throw ToolstackError(call: "removing \(path) from xenstore")
    }
  }

  fileprivate func end(abort: Bool) -> Bool { xs_transaction_end(handle, number, abort) }
}

extension XenstoreConnection {
  /// How often a transaction is tried that others' changes have spoilt.
  private static let attempts = 20

  /// Does `changes` in one transaction, again if somebody else's changes came between.
  func transaction(
    _ changes: (XenstoreTransaction) throws(ToolstackError) -> Void
  ) throws(ToolstackError) {
    for _ in 0..<Self.attempts {
      let transaction = try XenstoreTransaction(handle)
      do throws(ToolstackError) {
        try changes(transaction)
      } catch {
        _ = transaction.end(abort: true)
        throw error
      }
      if transaction.end(abort: false) { return }
      guard errno == EAGAIN else { throw ToolstackError(call: "ending a xenstore transaction") }
    }
    throw ToolstackError(
      .other,
      "a xenstore transaction was spoilt \(Self.attempts) times by changes that others made: "
        + "try again when the host is quieter")
  }
}
