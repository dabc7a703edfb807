// SPDX-License-Identifier: Apache-2.0

import Glibc
import Multiplexer
import SystemPackage

/// Bytes for one of our streams, written when it takes them.
struct PendingOutput {
  private let descriptor: FileDescriptor
  private(set) var bytes: [UInt8] = []
  private var window = ReceivingWindow()

  init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }

  var number: Int32 { descriptor.rawValue }
  var isEmpty: Bool { bytes.isEmpty }

  mutating func append(_ more: [UInt8]) {
    _ = window.receive(more.count)
    bytes += more
  }

  /// Writes a piece that a descriptor which poll(2) calls writable takes without blocking; returns
  /// the room to announce.
  mutating func write() throws(Problem) -> Int? {
    let count = bytes.withUnsafeBytes { Glibc.write(number, $0.baseAddress, min($0.count, 4096)) }
    if count < 0 {
      if errno == EINTR || errno == EAGAIN { return nil }
      if errno == EPIPE { throw .nobodyReads }
      throw Problem("the output cannot be written: \(Errno(rawValue: errno))")
    }
    bytes.removeFirst(count)
    return window.passOn(count)
  }
}
