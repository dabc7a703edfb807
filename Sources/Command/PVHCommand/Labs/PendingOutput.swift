// SPDX-License-Identifier: Apache-2.0

import HostSystem
import Multiplexer
import SystemPackage

/// Bytes for one of our streams, written when it takes them.
struct PendingOutput {
  let descriptor: FileDescriptor
  private var queue = ByteQueue()
  private var window = ReceivingWindow()

  init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }

  var isEmpty: Bool { queue.isEmpty }
  /// What has not been written.
  var bytes: [UInt8] { Array(queue.content) }

  mutating func append(_ more: [UInt8]) {
    _ = window.receive(more.count)
    queue.append(more)
  }

  /// Writes what the stream takes now, if there is something; returns the room to announce.
  mutating func write() throws(Problem) -> Int? {
    guard !queue.isEmpty else { return nil }
    switch descriptor.writeAvailable(queue.content) {
    case .bytes(let count):
      queue.removeFirst(count)
      return window.passOn(count)
    case .notNow: return nil
    case .ended(.brokenPipe): throw .nobodyReads
    case .ended(let error): throw Problem("the output cannot be written: \(error)")
    }
  }
}
