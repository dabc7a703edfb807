// SPDX-License-Identifier: Apache-2.0

import DomainModel
import Glibc
import XenstoreWire

/// The number of a transaction; 0 is none (C name: `xs_transaction_t`).
typealias XenstoreTransaction = UInt32

/// What xenstored is asked for.
struct XenstoreRequest: Equatable {
  /// What is asked.
  let operation: XenstoreOperation
  /// What it is asked of.
  let payload: [UInt8]
  /// Of which transaction it is a part.
  let transaction: XenstoreTransaction
  /// The refusal that answers the question as well as anything, a value of errno.
  let answer: Int32?
  /// What is done, for people.
  let text: String

  private init(
    _ operation: XenstoreOperation, _ strings: [String], value: String = "",
    in transaction: XenstoreTransaction = 0, answer: Int32? = nil, _ text: String
  ) {
    self.operation = operation
    self.payload = XenstoreStrings.joined(strings.map { Array($0.utf8) }) + value.utf8
    self.transaction = transaction
    self.answer = answer
    self.text = text
  }

  /// Whether the protocol has room for it.
  var isSendable: Bool { payload.count <= XenstoreHeader.maximumPayload }

  /// Asks for the value of a node, if there is one.
  static func read(_ path: String, in transaction: XenstoreTransaction = 0) -> Self {
    Self(.read, [path], in: transaction, answer: ENOENT, "reading \(path) from xenstore")
  }

  /// Asks for the names of the nodes right under one, if there is one.
  static func list(_ path: String, in transaction: XenstoreTransaction = 0) -> Self {
    Self(.list, [path], in: transaction, answer: ENOENT, "listing \(path) in xenstore")
  }

  /// Asks for the names that begin at an offset into all of them.
  static func list(_ path: String, from offset: Int, in transaction: XenstoreTransaction) -> Self {
    Self(
      .listPart, [path, "\(offset)"], in: transaction, answer: ENOENT,
      "listing \(path) in xenstore")
  }

  /// Gives a node a value, and makes it and those above it.
  static func write(_ path: String, _ value: String, in transaction: XenstoreTransaction = 0)
    -> Self
  {
    Self(.write, [path], value: value, in: transaction, "writing \(path) to xenstore")
  }

  /// Removes a node and all under it; one that is not there is as good.
  static func remove(_ path: String, in transaction: XenstoreTransaction = 0) -> Self {
    Self(.remove, [path], in: transaction, answer: ENOENT, "removing \(path) from xenstore")
  }

  /// Makes a domain the owner of a node, or lets it read a node of the control domain's.
  static func setRights(
    of id: DomainID, to path: String, owning: Bool, in transaction: XenstoreTransaction
  ) -> Self {
    let domain = UInt16(truncatingIfNeeded: id.rawValue)
    // The first entry names the owner, who may do everything, and what all others may do.
    var rights = [XenstorePermission(.none, domain: owning ? domain : 0)]
    if !owning { rights.append(XenstorePermission(.read, domain: domain)) }
    return Self(
      .setPermissions, [path] + rights.map { String(decoding: $0.encoded, as: UTF8.self) },
      in: transaction, "setting the rights to \(path) in xenstore")
  }

  /// Asks to be told of changes; the first event comes at once.
  static func watch(_ path: String) -> Self {
    Self(.watch, [path, path], "watching \(path) in xenstore")
  }

  /// Ends a watch.
  static func unwatch(_ path: String) -> Self {
    Self(.unwatch, [path, path], "watching \(path) in xenstore no more")
  }

  /// Opens a transaction.
  static var startTransaction: Self {
    Self(.startTransaction, [""], "starting a transaction of xenstore")
  }

  /// Commits a transaction, or gives it up; refused with `EAGAIN` if others came in between.
  static func end(_ transaction: XenstoreTransaction, aborting: Bool) -> Self {
    Self(
      .endTransaction, [aborting ? "F" : "T"], in: transaction, answer: EAGAIN,
      "ending a transaction of xenstore")
  }

  /// Tells xenstored of a domain, with which it then talks through the page and the port.
  static func introduce(_ id: DomainID, frame: Int, port: Int32) -> Self {
    Self(.introduce, ["\(id)", "\(frame)", "\(port)"], "introducing domain \(id) to xenstored")
  }
}
