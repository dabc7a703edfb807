// SPDX-License-Identifier: Apache-2.0

import Glibc
import XenstoreWire

struct XenstoreRequest: Equatable {
  let operation: XenstoreOperation
  let payload: [UInt8]
  let transaction: XenstoreTransaction
  /// The refusal that counts as an answer, a value of errno.
  let answer: Int32?
  let text: String

  private init(
    _ operation: XenstoreOperation, _ strings: [String], value: String = "",
    in transaction: XenstoreTransaction = .none, answer: Int32? = nil, _ text: String
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
  static func read(_ path: String, in transaction: XenstoreTransaction = .none) -> Self {
    Self(.read, [path], in: transaction, answer: ENOENT, "reading \(path) from xenstore")
  }

  /// Asks for the names of the nodes right under one, if there is one.
  static func list(_ path: String, in transaction: XenstoreTransaction = .none) -> Self {
    Self(.list, [path], in: transaction, answer: ENOENT, "listing \(path) in xenstore")
  }

  /// Asks for the names that begin at an offset into all of them.
  static func list(_ path: String, from offset: Int, in transaction: XenstoreTransaction) -> Self {
    Self(
      .listPart, [path, "\(offset)"], in: transaction, answer: ENOENT,
      "listing \(path) in xenstore")
  }

  /// Gives a node a value, and makes it and those above it.
  static func write(_ path: String, _ value: String, in transaction: XenstoreTransaction = .none)
    -> Self
  {
    Self(.write, [path], value: value, in: transaction, "writing \(path) to xenstore")
  }

  /// Removes a node and all under it; one that is not there is as good.
  static func remove(_ path: String, in transaction: XenstoreTransaction = .none) -> Self {
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

  static func unwatch(_ path: String) -> Self {
    Self(.unwatch, [path, path], "watching \(path) in xenstore no more")
  }

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

/// For files that only pass one on.
typealias XenstoreTransaction = XenstoreWire.XenstoreTransaction

extension XenstoreTransaction: ExpressibleByIntegerLiteral {
  /// The transaction with a number; 0 is none.
  init(integerLiteral number: UInt32) { self.init(id: number) }
}

/// Why a request to xenstored failed.
enum XenstoreFailure: Error, Equatable {
  /// xenstored answered with an error: a value of errno.
  case refused(Int32)
  /// xenstored has ended, and the connection with it: a value of errno.
  case ended(Int32)
  /// xenstored gave no answer within this many milliseconds.
  case silent(Int)
  case malformed(String)
}

extension ToolstackError {
  /// What it means that a request to xenstored failed.
  ///
  /// After all but a refusal the connection is over, and no other is opened.
  init(xenstoreCall call: String, _ failure: XenstoreFailure) {
    switch failure {
    case .refused(let code):
      self.init(code == ENOMEM ? .outOfMemory : .other, call: call, code: code)
    case .ended(let code):
      self.init(
        .xenUnavailable, call: call, code: code,
        advice: "xenstored has ended since this began; start it, and then repeat the command")
    case .silent(let milliseconds):
      self.init(
        .xenUnavailable,
        "\(call): xenstored does not answer within \(milliseconds) ms: is it stopped, or busy?")
    case .malformed(let what):
      self.init(
        .xenUnavailable,
        "\(call): xenstored breaks its protocol (\(what)): is it xenstored that answers at "
          + "\(XenstoreAddress.standard)?")
    }
  }
}
