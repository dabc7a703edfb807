// SPDX-License-Identifier: Apache-2.0

import CHostSystem
public import Glibc
public import SystemPackage

/// What came of one attempt to move bytes that does not wait.
public enum Transfer: Equatable, Sendable {
  case bytes(Int)
  /// Nothing can go through now.
  case notNow
  /// The other end is closed, or the call failed.
  case ended(Errno)

  /// Runs a call such as read(2) until no signal interrupts it: one that returns a number of bytes, 0 at the
  /// end, or -1 and sets errno.
  public static func attempt(_ call: () -> Int) -> Transfer {
    while true {
      let count = call()
      if count > 0 { return .bytes(count) }
      if count == 0 { return .ended(.connectionReset) }
      switch errno {
      case EINTR: continue
      case EAGAIN: return .notNow
      default: return .ended(Errno(rawValue: errno))
      }
    }
  }
}

extension FileDescriptor {
  /// Reads once what can be read without waiting, from descriptors that block, too.
  ///
  /// - Returns: the number of bytes, 0 if none have come, nil at the end, or if nothing can be read any
  ///   more: a hung-up terminal, a closed port.
  public func readAvailable(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
    // A read of no bytes would look like the end.
    guard !buffer.isEmpty, isReadable() else { return 0 }
    return switch Transfer.attempt({ Glibc.read(rawValue, buffer.baseAddress, buffer.count) }) {
    case .bytes(let count): count
    case .notNow: 0
    case .ended: nil
    }
  }

  /// Reads once what can be read without waiting.
  ///
  /// - Returns: at most `limit` bytes, none if none have come, nil at the end.
  public func readAvailable(limit: Int) -> [UInt8]? {
    var count: Int? = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, initialized in
      count = readAvailable(into: UnsafeMutableRawBufferPointer(buffer))
      initialized = count ?? 0
    }
    return count.map { _ in bytes }
  }

  /// Reads to the end.
  ///
  /// - Throws: `Errno.fileTooLarge` if there are more than `limit` bytes.
  public func readAll(limit: Int = .max) throws(Errno) -> [UInt8] {
    var result: [UInt8] = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = try Self.checked { try read(into: buffer) }
      if count == 0 { return result }
      guard result.count + count <= limit else { throw .fileTooLarge }
      result += buffer[..<count]
    }
  }

  /// Reads `count` bytes at `offset`; fewer if the file ends before.
  public func bytes(at offset: Int, count: Int) throws(Errno) -> [UInt8] {
    try Self.checked {
      try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        while filled < count {
          let rest = UnsafeMutableRawBufferPointer(
            rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
          let read = try self.read(fromAbsoluteOffset: Int64(offset + filled), into: rest)
          if read == 0 { break }
          filled += read
        }
      }
    }
  }

  /// Writes once what is taken within so many milliseconds, by descriptors that block, too: they are not
  /// made non-blocking, since others may share them.
  public func writeAvailable(
    _ bytes: ArraySlice<UInt8>, within milliseconds: Int32 = 0
  ) -> Transfer {
    let events = readiness(POLLOUT, milliseconds)
    if events == 0 { return .notNow }
    if events & (POLLERR | POLLHUP | POLLNVAL) != 0 { return .ended(.brokenPipe) }
    // What a pipe that poll(2) calls writable takes without blocking.
    let pieceSize = 4096
    return bytes.withUnsafeBytes { bytes in
      .attempt { Glibc.write(rawValue, bytes.baseAddress, min(pieceSize, bytes.count)) }
    }
  }

  /// Writes every byte, waiting as long as it takes, on descriptors that do not block, too.
  ///
  /// A socket whose other end is closed is an error (`EPIPE`), and no signal.
  public func writeEverything(_ bytes: UnsafeRawBufferPointer) throws(Errno) {
    var rest = bytes
    while !rest.isEmpty {
      switch Transfer.attempt({ sendOrWrite(rest) }) {
      case .bytes(let count): rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
      case .notNow: waitUntilWritable()
      case .ended(let error): throw error
      }
    }
  }

  /// Writes every byte, as above.
  public func writeEverything(_ bytes: [UInt8]) throws(Errno) {
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(Errno) in try writeEverything(bytes) }
    }
    try result.get()
  }

  /// write(2), without a signal if it is a socket whose other end is closed.
  private func sendOrWrite(_ bytes: UnsafeRawBufferPointer) -> Int {
    let count = send(rawValue, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    if count < 0, errno == ENOTSOCK {
      return Glibc.write(rawValue, bytes.baseAddress, bytes.count)
    }
    return count
  }

  /// Offset of the first byte at or after `offset` that is not in a hole, nil if there are only holes.
  public func nextData(from offset: Int) -> Int? {
    let next = Int(pvh_next_data(rawValue, Int64(offset)))
    return next < 0 ? nil : next
  }

  /// The next bytes at or after `offset` that are not in a hole, nil if there are only holes. What has no holes,
  /// such as a device, is all there.
  public func nextExtent(from offset: Int) -> Range<Int>? {
    guard let start = nextData(from: offset) else {
      guard errno != ENXIO else { return nil }
      let end = Int(Glibc.lseek(rawValue, 0, SEEK_END))
      return offset < end ? offset..<end : nil
    }
    let end = Int(pvh_next_hole(rawValue, Int64(start)))
    return end > start ? start..<end : nil
  }

  /// A file without a name in a folder, for reading and writing: it goes with its last descriptor.
  public static func unnamed(in folder: FilePath) throws(Errno) -> FileDescriptor {
    let number = folder.withPlatformString { pvh_unnamed_file($0) }
    guard number >= 0 else { throw Errno(rawValue: errno) }
    return FileDescriptor(rawValue: number)
  }

  /// Gives the disk space of a part of a file back, which then reads as zeros; its size stays.
  public func discard(_ range: Range<Int>) throws(Errno) {
    guard pvh_discard(rawValue, Int64(range.lowerBound), Int64(range.count)) == 0 else {
      throw Errno(rawValue: errno)
    }
  }

  /// Waits until the file is on disk; a full disk may be noticed only now.
  public func synchronize() throws(Errno) {
    guard fsync(rawValue) == 0 else { throw Errno(rawValue: errno) }
  }

  /// Makes reads and writes return at once (C name: `O_NONBLOCK`), for all who share the open file.
  public func setNonBlocking() throws(Errno) {
    let flags = fcntl(rawValue, F_GETFL)
    guard flags >= 0, fcntl(rawValue, F_SETFL, flags | O_NONBLOCK) == 0 else {
      throw Errno(rawValue: errno)
    }
  }

  /// What fstat(2) says.
  public func information() throws(Errno) -> Glibc.stat {
    var result = Glibc.stat()
    guard fstat(rawValue, &result) == 0 else { throw Errno(rawValue: errno) }
    return result
  }

  /// A pipe of which neither end survives an exec.
  public static func closingPipe() throws(Errno) -> (
    readEnd: FileDescriptor, writeEnd: FileDescriptor
  ) {
    try checked { try pipe(options: .closeOnExec) }
  }

  /// swift-system's calls throw nothing but `Errno`, and do not say so.
  static func checked<Result>(_ body: () throws -> Result) throws(Errno) -> Result {
    do {
      return try body()
    } catch {
      throw error as? Errno ?? .ioError
    }
  }
}
