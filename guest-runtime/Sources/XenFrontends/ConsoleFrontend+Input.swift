// SPDX-License-Identifier: Apache-2.0

import XenABI
import XenRings

extension ConsoleFrontend {
  /// The next bytes that were typed, at most `count`; empty if there are none or the peer broke the
  /// protocol. Does not wait.
  public mutating func takeInput(atMost count: Int) -> [UInt8] {
    guard failure == nil else { return [] }
    do throws(RingError) {
      let available = try input.available()
      let bytes = try input.read(atMost: count)
      // xenconsoled stops reading its terminal when the ring is full (`tools/console/daemon/io.c`),
      // and counts our notifications: none for each byte of a pasted text.
      if available == ConsolePageLayout.input.count || bytes.count == available, !bytes.isEmpty {
        try? calls.notify(port)
      }
      return bytes
    } catch {
      failure = error
      return []
    }
  }

  /// The next bytes that were typed; waits for some if there are none, empty when the time is up or
  /// the peer broke the protocol.
  public mutating func read(atMost count: Int, milliseconds: UInt64) -> [UInt8] {
    var wait = BoundedWait(for: port, atMost: milliseconds, calls: calls)
    while true {
      let bytes = takeInput(atMost: count)
      guard bytes.isEmpty, failure == nil else { return bytes }
      // The same notification tells of what was read: a prompt may have waited for that.
      attend()
      guard wait.sleep() else { return [] }
    }
  }

  /// The next byte that was typed; waits for one if there is none, nil when the time is up or the
  /// peer broke the protocol.
  public mutating func readByte(milliseconds: UInt64) -> UInt8? {
    read(atMost: 1, milliseconds: milliseconds).first
  }
}
