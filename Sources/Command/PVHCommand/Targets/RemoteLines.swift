// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostProcess
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
      var entries = [
        pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0),
        pollfd(fd: signals.descriptor.rawValue, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&entries, 2, -1) > 0 else { continue }
      if entries[1].revents != 0, let signal = signals.take() {
        throw Problem(
          "interrupted before an agent was there", status: .interrupted(bySignal: signal))
      }
      guard entries[0].revents != 0 else { continue }
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = buffer.withUnsafeMutableBytes { (try? descriptor.read(into: $0)) ?? 0 }
      if count == 0 { return nil }
      total += count
      bytes += buffer[..<count]
    }
  }
}
