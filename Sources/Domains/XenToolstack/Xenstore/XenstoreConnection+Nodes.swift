// SPDX-License-Identifier: Apache-2.0

import DomainModel
import Glibc
import XenstoreWire

extension XenstoreConnection {
  /// More parts than any list has, beginning again some times included.
  private static let partLimit = 4096

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

  /// The value of a node, or nil if there is no such node.
  func read(_ path: String) throws(ToolstackError) -> [UInt8]? {
    try ask([.read(path)])[0]
  }

  /// Gives a node another value.
  func write(_ path: String, _ value: String) throws(ToolstackError) {
    try ask([.write(path, value)])
  }

  /// Removes a node and all under it; one that is not there is no failure.
  func remove(_ path: String) throws(ToolstackError) {
    try ask([.remove(path)])
  }

  /// The names of the nodes right under one; none if there is no such node.
  func children(of path: String) throws(ToolstackError) -> [String] {
    do throws(XenstoreFailure) {
      return try children(of: path, in: 0)
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
    } catch .refused(E2BIG) {
      return names(try listInParts(path, in: transaction))
    }
  }

  /// Lists names that do not fit into one reply; begins again when they change meanwhile.
  private func listInParts(_ path: String, in transaction: XenstoreTransaction)
    throws(XenstoreFailure) -> [UInt8]
  {
    var generation: ArraySlice<UInt8>?
    var all: [UInt8] = []
    for _ in 0..<Self.partLimit {
      let request = XenstoreRequest.list(path, from: all.count, in: transaction)
      guard let part = try perform(request) else { return [] }
      guard let end = part.firstIndex(of: 0) else { throw broken("a part of a list") }
      if let seen = generation, seen != part[..<end] {
        (generation, all) = (nil, [])
        continue
      }
      generation = part[..<end]
      let names = part[(end + 1)...]
      // The last part ends with an empty name.
      if names.last == 0, names.dropLast().last ?? 0 == 0 { return all + names.dropLast() }
      guard !names.isEmpty else { throw broken("a part of a list") }
      all += names
    }
    throw .refused(EAGAIN)
  }

  private func names(_ payload: [UInt8]) -> [String] {
    XenstoreStrings.split(payload).map { String(decoding: $0, as: UTF8.self) }
  }

  func perform(_ request: XenstoreRequest) throws(XenstoreFailure) -> [UInt8]? {
    try answers(to: [request])[0].get()
  }

  func broken(_ what: String) -> XenstoreFailure {
    end(.malformed(what))
    return .malformed(what)
  }
}
