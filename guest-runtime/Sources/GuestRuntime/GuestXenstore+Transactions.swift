// SPDX-License-Identifier: Apache-2.0

import XenFrontends
import XenstoreWire

extension GuestXenstore {
  /// Does all of `body` or none of it, and again, ten times at most, when others changed the same
  /// nodes meanwhile.
  ///
  /// - Parameter body: is given the store as the transaction sees it. Its error gives all up.
  /// - Returns: what `body` returned the last time.
  /// - Throws: what `body` throws, or `GuestError` if xenstored refuses or does not answer.
  public func transaction<Result>(
    _ body: (GuestXenstore) throws(GuestError) -> Result
  ) throws(GuestError) -> Result {
    var given: GuestError?
    do throws(GuestError) {
      return try perform("a transaction", "") { client, _ throws(XenstoreError) in
        try client.transaction { client, transaction throws(XenstoreError) in
          given = nil
          // The body finds the client where it always is.
          Self.putBack(client)
          defer { if let used = try? Self.take() { client = used } }
          do throws(GuestError) {
            return try body(GuestXenstore(in: transaction))
          } catch {
            given = error
            throw .refused(error.refusal == .again ? .again : nil)
          }
        }
      }
    } catch {
      throw given ?? error
    }
  }
}
