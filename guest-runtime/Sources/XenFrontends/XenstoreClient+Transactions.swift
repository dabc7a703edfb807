// SPDX-License-Identifier: Apache-2.0

import XenstoreWire

extension XenstoreClient {
  /// How often a transaction is tried before it is given up.
  public static var transactionLimit: Int { 10 }

  /// Does all of `body` or none of it, and again when others changed the same nodes meanwhile.
  ///
  /// - Parameter body: makes requests in the transaction it is given; its error gives all up.
  /// - Returns: what `body` returned the last time.
  /// - Throws: what `body` throws, or `XenstoreError`; `.conflicts` after too many tries.
  public mutating func transaction<Result>(
    _ body: (inout Self, XenstoreTransaction) throws(XenstoreError) -> Result
  ) throws(XenstoreError) -> Result {
    for _ in 0..<Self.transactionLimit {
      let transaction = try XenstoreTransaction(opened: try ask(.startTransaction, [0]))
      let result: Result
      do throws(XenstoreError) {
        result = try body(&self, transaction)
      } catch {
        try? end(transaction, "F")
        if error == .refused(.again) { continue }
        throw error
      }
      do throws(XenstoreError) {
        try end(transaction, "T")
        return result
      } catch {
        guard error == .refused(.again) else { throw error }
      }
    }
    throw .conflicts
  }

  /// Commits (`T`) or gives up (`F`) a transaction.
  private mutating func end(
    _ transaction: XenstoreTransaction, _ decision: Unicode.Scalar
  ) throws(XenstoreError) {
    _ = try ask(.endTransaction, [UInt8(ascii: decision), 0], in: transaction)
  }
}
