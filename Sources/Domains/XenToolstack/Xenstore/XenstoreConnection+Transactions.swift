// SPDX-License-Identifier: Apache-2.0

import DomainModel
import XenstoreWire

extension XenstoreConnection {
  /// Opens a transaction.
  func startTransaction() throws(XenstoreFailure) -> XenstoreTransaction {
    let payload = try perform(.startTransaction) ?? []
    let digits = payload.prefix { $0 != 0 }
    guard let number = Decimal.value(digits).flatMap(XenstoreTransaction.init(exactly:)),
      number != 0
    else { throw broken("the number of a transaction") }
    return number
  }

  /// Commits a transaction; false if others came in between, and nothing of it has happened.
  func commit(_ transaction: XenstoreTransaction) throws(XenstoreFailure) -> Bool {
    try perform(.end(transaction, aborting: false)) != nil
  }

  /// Gives a transaction up; one that is over already is no failure.
  func abort(_ transaction: XenstoreTransaction) {
    _ = answers(to: [.end(transaction, aborting: true)])
  }

  /// Tells xenstored of a domain.
  func introduce(_ id: DomainID, frame: Int, port: Int32) throws(XenstoreFailure) {
    _ = try perform(.introduce(id, frame: frame, port: port))
  }
}
