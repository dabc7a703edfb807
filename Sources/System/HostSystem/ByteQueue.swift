// SPDX-License-Identifier: Apache-2.0

import Glibc
public import SystemPackage

/// Bytes that come in at one end and go out at the other, without being moved for each piece.
public struct ByteQueue: Sendable {
  private var bytes: [UInt8] = []
  /// Everything before this index is gone.
  private var start = 0

  public init() {}

  public var count: Int { bytes.count - start }
  public var isEmpty: Bool { count == 0 }

  /// What is in it, to look at; index 0 is not its first.
  public var content: ArraySlice<UInt8> { bytes[start...] }

  public mutating func append(_ more: UnsafeRawBufferPointer) { bytes.append(contentsOf: more) }
  public mutating func append(_ more: [UInt8]) { bytes.append(contentsOf: more) }
  public mutating func append(_ more: ArraySlice<UInt8>) { bytes.append(contentsOf: more) }

  /// Forgets bytes at the front.
  ///
  /// - Precondition: there are as many.
  public mutating func removeFirst(_ count: Int) {
    precondition(count <= self.count, "more bytes than are there")
    start += count
    if start == bytes.count {
      bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 20)
      start = 0
    } else if start > 1 << 20, start > bytes.count / 2 {
      bytes.removeFirst(start)
      start = 0
    }
  }

  /// Takes bytes at the front.
  ///
  /// - Precondition: there are as many.
  public mutating func takeFirst(_ count: Int) -> [UInt8] {
    let result = Array(bytes[start..<start + count])
    removeFirst(count)
    return result
  }
}

/// Bytes on their way to a descriptor; writing never blocks, so that a slow reader stops nobody.
public struct OutputQueue {
  /// What came of an attempt to write.
  public enum Progress: Equatable, Sendable {
    case empty
    case waiting
    /// Nobody reads any more.
    case hungUp
  }

  public let descriptor: FileDescriptor
  private var queue = ByteQueue()
  private let isSocket: Bool

  /// A queue for a descriptor, which stays the caller's.
  public init(to descriptor: FileDescriptor) {
    self.descriptor = descriptor
    isSocket = (try? descriptor.information()).map { $0.st_mode & S_IFMT == S_IFSOCK } ?? false
  }

  /// Bytes that have not been written.
  public var count: Int { queue.count }
  public var isEmpty: Bool { queue.isEmpty }

  public mutating func append(_ more: [UInt8]) { queue.append(more) }

  /// Forgets what has not been written.
  public mutating func discard() { queue = ByteQueue() }

  /// Writes what goes without waiting longer than `milliseconds` at any point.
  public mutating func flush(milliseconds: Int32 = 0) -> Progress {
    while !queue.isEmpty {
      switch step(milliseconds) {
      case .bytes(let count): queue.removeFirst(count)
      case .notNow: return .waiting
      case .ended: return .hungUp
      }
    }
    return .empty
  }

  /// Writes one piece.
  private func step(_ milliseconds: Int32) -> Transfer {
    if isSocket {
      let transfer = send()
      guard transfer == .notNow, milliseconds != 0 else { return transfer }
      return descriptor.readiness(POLLOUT, milliseconds) == 0 ? .notNow : send()
    }
    return descriptor.writeAvailable(queue.content, within: milliseconds)
  }

  private func send() -> Transfer {
    queue.content.withUnsafeBytes { bytes in
      Transfer.attempt {
        Glibc.send(
          descriptor.rawValue, bytes.baseAddress, bytes.count,
          Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
      }
    }
  }
}
