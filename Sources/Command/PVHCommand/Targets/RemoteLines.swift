// SPDX-License-Identifier: Apache-2.0

import HostSystem
import SystemPackage

/// Lines that the far side says.
struct RemoteLines {
  private var bytes: [UInt8] = []
  private var total = 0

  /// The next line; nil at the end of the stream.
  mutating func next(
    _ descriptor: FileDescriptor, _ signals: borrowing SignalDescriptor, limit: Int
  ) throws(Problem) -> String? {
    while true {
      if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
        defer { bytes.removeFirst(end + 1) }
        return String(decoding: bytes[..<end], as: UTF8.self)
      }
      guard total < limit else {
        throw Problem("a login there prints \(limit) bytes and more, and no agent is heard")
      }
      var waiting = PollSet()
      waiting.add(descriptor)
      waiting.add(signals.descriptor)
      waiting.wait()
      if let signal = signals.take() {
        throw Problem(
          "interrupted before an agent was there", status: .interrupted(bySignal: signal))
      }
      guard let piece = descriptor.readAvailable(limit: 4096) else { return nil }
      total += piece.count
      bytes += piece
    }
  }
}
