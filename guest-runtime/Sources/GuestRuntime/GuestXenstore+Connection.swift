// SPDX-License-Identifier: Apache-2.0

import XenFrontends

extension GuestXenstore {
  /// Why nothing works any more, because xenstored broke the protocol or stopped serving this
  /// domain; nil as long as it works. It stays so until `reconnect`.
  public var failure: GuestText? { unsafe Machine.xenstore?.failure.map { GuestText($0) } }

  /// Takes the connection up anew, and registers the watches again; transactions are gone.
  ///
  /// - Throws: `GuestError` if this xenstored does not offer that, or does not come back.
  public func reconnect() throws(GuestError) {
    try perform("connecting anew", "") { client, _ throws(XenstoreError) in
      try client.reconnect()
    }
  }
}
