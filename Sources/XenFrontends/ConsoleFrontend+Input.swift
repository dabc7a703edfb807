// SPDX-License-Identifier: Apache-2.0

import XenRings

extension ConsoleFrontend {
  /// The next bytes that were typed; waits for some if there are none, empty when the time is up or
  /// the peer broke the protocol.
  public mutating func read(atMost count: Int, milliseconds: UInt64) -> [UInt8] {
    var wait = BoundedWait(for: port, atMost: milliseconds, calls: calls)
    while failure == nil {
      do throws(RingError) {
        let bytes = try input.read(atMost: count)
        guard bytes.isEmpty else {
          // xenconsoled may be waiting for room.
          try? calls.notify(port)
          return bytes
        }
      } catch {
        failure = error
      }
      guard wait.sleep() else { break }
    }
    return []
  }
}
