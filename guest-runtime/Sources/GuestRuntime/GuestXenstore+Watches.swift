// SPDX-License-Identifier: Apache-2.0

import XenFrontends

extension GuestXenstore {
  /// Asks for events about a node and those below it; the first comes at once.
  ///
  /// - Throws: `GuestError` if xenstored refuses or does not answer.
  public func watch(_ path: GuestText) throws(GuestError) {
    try perform("watching", path) { client, path throws(XenstoreError) in
      try client.watch(path, token: path)
    }
  }

  /// Takes a watch back; what it has brought already stays.
  ///
  /// - Throws: `GuestError` if there is no such watch, or xenstored does not answer.
  public func unwatch(_ path: GuestText) throws(GuestError) {
    try perform("watching no more", path) { client, path throws(XenstoreError) in
      try client.unwatch(path, token: path)
    }
  }

  /// The path of a watched node that may have changed; nil when the time is up.
  ///
  /// It says only where to look: several changes may come as one, one may come without a cause, and
  /// when too many come at once the watched node stands for those below it.
  /// The guest sleeps meanwhile, and causes no wake-ups.
  ///
  /// - Throws: `GuestError` if the connection has failed.
  public func nextChange(withinMilliseconds limit: UInt64) throws(GuestError) -> [UInt8]? {
    try perform("waiting for a change", "") { client, _ throws(XenstoreError) in
      try client.nextEvent(atMost: limit)?.path
    }
  }
}
