// SPDX-License-Identifier: Apache-2.0

import XenstoreWire

/// A transaction, as requests name it.
public struct XenstoreTransaction: Equatable, Sendable {
  let id: UInt32

  /// Outside of any transaction.
  public static var none: XenstoreTransaction { XenstoreTransaction(id: 0) }

  private init(id: UInt32) { self.id = id }

  /// The transaction that the reply to `startTransaction` names: a decimal number, not 0.
  ///
  /// - Throws: `.malformedReply` if the payload is none.
  public init(opened reply: [UInt8]) throws(XenstoreError) {
    var id: UInt32 = 0
    for digit in reply.prefix(while: { $0 != 0 }) {
      let (product, overflow) = id.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt32(digit &- 48))
      guard (48...57).contains(digit), !overflow, !carry else {
        throw .malformedReply(.startTransaction)
      }
      id = sum
    }
    guard id != 0 else { throw .malformedReply(.startTransaction) }
    self.init(id: id)
  }
}
