// SPDX-License-Identifier: Apache-2.0

import XenstoreWire

extension XenstoreClient {
  /// The value of a node.
  ///
  /// - Throws: `XenstoreError`; `.refused(.notFound)` if there is no such node.
  public mutating func read(
    _ path: [UInt8], in transaction: XenstoreTransaction = .none
  ) throws(XenstoreError) -> [UInt8] {
    try ask(.read, XenstoreStrings.joined([path]), in: transaction)
  }

  /// Sets the value of a node, which is made if there is none.
  ///
  /// - Throws: `XenstoreError`.
  public mutating func write(
    _ value: [UInt8], to path: [UInt8], in transaction: XenstoreTransaction = .none
  ) throws(XenstoreError) {
    // The path is sent with its NUL, the value without one.
    _ = try ask(.write, XenstoreStrings.joined([path]) + value, in: transaction)
  }

  /// Makes an empty node, unless it is there.
  ///
  /// - Throws: `XenstoreError`.
  public mutating func make(
    _ path: [UInt8], in transaction: XenstoreTransaction = .none
  ) throws(XenstoreError) {
    _ = try ask(.make, XenstoreStrings.joined([path]), in: transaction)
  }

  /// Removes a node and all below it.
  ///
  /// - Throws: `XenstoreError`.
  public mutating func remove(
    _ path: [UInt8], in transaction: XenstoreTransaction = .none
  ) throws(XenstoreError) {
    _ = try ask(.remove, XenstoreStrings.joined([path]), in: transaction)
  }

  /// The names of a node's children.
  ///
  /// - Throws: `XenstoreError`.
  public mutating func list(
    _ path: [UInt8], in transaction: XenstoreTransaction = .none
  ) throws(XenstoreError) -> [[UInt8]] {
    do throws(XenstoreError) {
      return XenstoreStrings.split(
        try ask(.list, XenstoreStrings.joined([path]), in: transaction))
    } catch {
      guard error == .refused(.tooBig) else { throw error }
      return try listInParts(path, in: transaction)
    }
  }

  /// Lists children that do not fit into one reply; begins again when they change meanwhile.
  private mutating func listInParts(
    _ path: [UInt8], in transaction: XenstoreTransaction
  ) throws(XenstoreError) -> [[UInt8]] {
    var generation: [UInt8]?
    var children: [UInt8] = []
    // More parts than a domain's quota of nodes fills, beginning again some times included.
    for _ in 0..<128 {
      let offset = Decimal.digits(UInt64(children.count))
      let part = try ask(.listPart, XenstoreStrings.joined([path, offset]), in: transaction)
      guard let end = part.firstIndex(of: 0) else { throw .malformedReply(.listPart) }
      let seen = Array(part[..<end])
      if let known = generation, known != seen {
        (generation, children) = (nil, [])
        continue
      }
      generation = seen
      let names = part[(end + 1)...]
      // The last part ends with an empty name.
      if names.last == 0, names.dropLast().last ?? 0 == 0 {
        return XenstoreStrings.split(children + names.dropLast())
      }
      guard !names.isEmpty else { throw .malformedReply(.listPart) }
      children.append(contentsOf: names)
    }
    throw .conflicts
  }
}
