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
    guard let number = Decimal.value(reply.prefix { $0 != 0 }), let id = UInt32(exactly: number),
      id != 0
    else { throw .malformedReply(.startTransaction) }
    self.init(id: id)
  }
}
