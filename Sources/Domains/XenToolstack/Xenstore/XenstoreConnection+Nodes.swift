// SPDX-License-Identifier: Apache-2.0

import Glibc
import XenstoreWire

extension XenstoreConnection {
  /// Sends requests together; returns the payloads of their replies, nil where there is no such node.
  ///
  /// - Throws: for the first that is refused, when all have been answered.
  @discardableResult
  func ask(_ requests: [XenstoreRequest]) throws(ToolstackError) -> [[UInt8]?] {
    var payloads: [[UInt8]?] = []
    for (request, answer) in zip(requests, answers(to: requests)) {
      do throws(XenstoreFailure) {
        payloads.append(try answer.get())
      } catch {
        throw ToolstackError(xenstoreCall: request.text, error)
      }
    }
    return payloads
  }

  private func perform(_ request: XenstoreRequest) throws(XenstoreFailure) -> [UInt8]? {
    try answers(to: [request])[0].get()
  }

  private func broken(_ what: String) -> XenstoreFailure {
    end(.malformed(what))
    return .malformed(what)
  }

  /// The value of a node, or nil if there is no such node.
  func read(_ path: String) throws(ToolstackError) -> [UInt8]? {
    try ask([.read(path)])[0]
  }

  func write(_ path: String, _ value: String) throws(ToolstackError) {
    try ask([.write(path, value)])
  }

  /// Removes a node and all under it, if it is there.
  func remove(_ path: String) throws(ToolstackError) {
    try ask([.remove(path)])
  }

  /// The names of the nodes right under one; none if there is no such node.
  func children(of path: String) throws(ToolstackError) -> [String] {
    do throws(XenstoreFailure) {
      return try children(of: path, in: .none)
    } catch {
      throw ToolstackError(xenstoreCall: "listing \(path) in xenstore", error)
    }
  }

  /// The names of the nodes right under one; none if there is no such node.
  func children(of path: String, in transaction: XenstoreTransaction)
    throws(XenstoreFailure) -> [String]
  {
    do throws(XenstoreFailure) {
      return names(try perform(.list(path, in: transaction)) ?? [])
    } catch .refused(E2BIG) {}
    var listing = XenstoreListing()
    // More parts than any list has, beginning again some times included.
    for _ in 0..<4096 {
      let request = XenstoreRequest.list(path, from: listing.offset, in: transaction)
      guard let part = try perform(request) else { return [] }
      switch listing.take(part) {
      case .incomplete: continue
      case .complete(let all): return names(all)
      case .malformed: throw broken("a part of a list")
      }
    }
    throw .refused(EAGAIN)
  }

  private func names(_ payload: [UInt8]) -> [String] {
    XenstoreStrings.split(payload).map { String(decoding: $0, as: UTF8.self) }
  }

  // MARK: Watches

  /// Asks to be told of changes; the first event comes at once.
  func watch(_ path: String) throws(ToolstackError) {
    try prepareSignal()
    try ask([.watch(path)])
  }

  /// Asks to be told of changes of a node and for its present value, nil if there is no such node: no
  /// change after that goes unnoticed.
  func watchAndRead(_ path: String) throws(ToolstackError) -> [UInt8]? {
    try prepareSignal()
    return try ask([.watch(path), .read(path)])[1]
  }

  /// Ends a watch; events of it may have come before.
  func unwatch(_ path: String) {
    _ = answers(to: [.unwatch(path)])
  }

  // MARK: Transactions

  func startTransaction() throws(XenstoreFailure) -> XenstoreTransaction {
    guard let transaction = XenstoreTransaction(opened: try perform(.startTransaction) ?? []) else {
      throw broken("the number of a transaction")
    }
    return transaction
  }

  /// Commits a transaction; false if others came in between, and nothing of it has happened.
  func commit(_ transaction: XenstoreTransaction) throws(XenstoreFailure) -> Bool {
    try perform(.end(transaction, aborting: false)) != nil
  }

  /// Gives a transaction up, if it is not over already.
  func abort(_ transaction: XenstoreTransaction) {
    _ = answers(to: [.end(transaction, aborting: true)])
  }

  /// Tells xenstored of a domain.
  func introduce(_ id: DomainID, frame: Int, port: Int32) throws(XenstoreFailure) {
    _ = try perform(.introduce(id, frame: frame, port: port))
  }
}
