// SPDX-License-Identifier: Apache-2.0

import CHostSystem
import Glibc
public import SystemPackage

/// Stream sockets of this machine, with a name in the file system or in pairs. C name: `AF_UNIX`.
public enum LocalSocket {
  /// A socket that listens under a name; what a dead process left there is removed.
  public static func listen(at path: FilePath, blocking: Bool = true) throws(Errno)
    -> FileDescriptor
  {
    Directory.unlinkIfPresent(path)
    return try withAddress(path, blocking: blocking) { socket, address, size in
      bind(socket, address, size) == 0 && Glibc.listen(socket, 64) == 0
    }
  }

  /// A connection; nil if nobody listens there.
  ///
  /// Where somebody listens, but has not accepted those before us, it waits for `patience` milliseconds, or
  /// without end, and throws `Errno.timedOut` after them.
  public static func connect(to path: FilePath, patience: Int? = nil) throws(Errno)
    -> FileDescriptor?
  {
    do throws(Errno) {
      return try withAddress(path, blocking: true) { socket, address, size in
        if let patience {
          var limit = timeval(tv_sec: patience / 1000, tv_usec: patience % 1000 * 1000)
          let size = socklen_t(MemoryLayout<timeval>.size)
          setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        }
        while Glibc.connect(socket, address, size) != 0 {
          if errno != EINTR || patience != nil { return false }
        }
        return true
      }
    } catch .noSuchFileOrDirectory, .connectionRefused {
      return nil
    } catch .resourceTemporarilyUnavailable {
      throw .timedOut
    }
  }

  /// The next connection to a socket that listens, if one waits and the socket does not block.
  public static func accept(on listener: FileDescriptor) -> FileDescriptor? {
    let number = pvh_accept(listener.rawValue)
    return number < 0 ? nil : FileDescriptor(rawValue: number)
  }

  /// The process at the other end of a connection. Source: unix(7), `SO_PEERCRED`.
  public static func peer(of socket: FileDescriptor) -> Int32? {
    // struct ucred, which glibc declares to GNU C only: process, user, group.
    var credentials: [Int32] = [0, 0, 0]
    var size = socklen_t(12)
    guard getsockopt(socket.rawValue, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 else {
      return nil
    }
    return credentials[0] > 0 ? credentials[0] : nil
  }

  /// Sends bytes, with a descriptor beside them if one is given.
  public static func send(
    _ bytes: [UInt8], passing descriptor: FileDescriptor? = nil, over socket: FileDescriptor
  ) throws(Errno) {
    guard let descriptor else { return try socket.writeEverything(bytes) }
    let error = pvh_send_with_descriptor(socket.rawValue, bytes, bytes.count, descriptor.rawValue)
    guard error == 0 else { throw Errno(rawValue: error) }
  }

  /// Makes a socket and hands it to `body` with the address of a path.
  ///
  /// An address has only 107 bytes (C name: `sun_path`), so a longer path is reached through its folder's
  /// descriptor, which makes every path short.
  private static func withAddress(
    _ path: FilePath, blocking: Bool,
    _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
  ) throws(Errno) -> FileDescriptor {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path) - 1
    var name = Array(path.string.utf8)
    var folder: FileDescriptor?
    defer { try? folder?.close() }
    if name.count > room {
      let number = path.removingLastComponent().withPlatformString { pvh_open_path($0) }
      guard number >= 0 else { throw Errno(rawValue: errno) }
      folder = FileDescriptor(rawValue: number)
      name = Array("/proc/self/fd/\(number)/\(path.lastComponent?.string ?? "")".utf8)
      guard name.count <= room else { throw .fileNameTooLong }
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    let type = Int32(
      SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | (blocking ? 0 : SOCK_NONBLOCK.rawValue))
    let socket = Glibc.socket(AF_UNIX, type, 0)
    guard socket >= 0 else { throw Errno(rawValue: errno) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let succeeded = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body(socket, $0, size) }
    }
    guard succeeded else {
      let error = Errno(rawValue: errno)
      close(socket)
      throw error
    }
    return FileDescriptor(rawValue: socket)
  }
}

/// A connection without a name in any file system: one end for us, one for a child.
public struct SocketPair: ~Copyable, Sendable {
  public let near: FileDescriptor
  public let far: FileDescriptor

  public init() throws(Errno) {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw Errno(rawValue: errno) }
    near = FileDescriptor(rawValue: ends[0])
    far = FileDescriptor(rawValue: ends[1])
  }

  deinit {
    try? near.close()
    try? far.close()
  }

  /// Closes the far end, once the child has it, and gives the near end to the caller.
  public consuming func keepingNear() -> FileDescriptor {
    let near = self.near
    try? far.close()
    discard self
    return near
  }
}
