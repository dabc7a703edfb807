// SPDX-License-Identifier: Apache-2.0

import XenDomainModel

extension ControlDomain {
  /// How often a transaction is tried that others come in between of.
  private static var attemptLimit: Int { 200 }

  private static func explaining<Result>(
    _ call: String, _ body: () throws(XenstoreFailure) -> Result
  ) throws(ToolstackError) -> Result {
    do throws(XenstoreFailure) {
      return try body()
    } catch {
      throw ToolstackError(xenstoreCall: call, error)
    }
  }

  /// Does something in a transaction, and again if others came in between.
  func inTransaction(
    _ call: String, _ body: (XenstoreTransaction) throws(ToolstackError) -> Void
  ) throws(ToolstackError) {
    for _ in 0..<Self.attemptLimit {
      let transaction = try Self.explaining(call) { () throws(XenstoreFailure) in
        try store.startTransaction()
      }
      do throws(ToolstackError) {
        try body(transaction)
      } catch {
        store.abort(transaction)
        throw error
      }
      let isDone = try Self.explaining(call) { () throws(XenstoreFailure) in
        try store.commit(transaction)
      }
      if isDone { return }
    }
    throw ToolstackError(
      .other,
      "\(call): others changed xenstore during each of \(Self.attemptLimit) attempts; try again")
  }
}
