// SPDX-License-Identifier: Apache-2.0
import Glibc
import SystemPackage

/// Stream sockets with a name in a file system.
///
/// A name may have only 107 bytes (C name: `sun_path`), so it is reached through its folder's
/// descriptor, which makes every path short.
enum LocalSocket {
  /// A socket that listens, under a new name.
  static func listen(at path: FilePath) throws(RunningLabError) -> FileDescriptor {
    // What a dead daemon left; the caller holds the lab's lock.
    _ = path.withPlatformString { unlink($0) }
    return try withAddress(path, "bind") { socket, address, size in
      guard bind(socket, address, size) == 0 else { return false }
      return Glibc.listen(socket, 64) == 0
    }
  }

  /// A connection; nil if nobody listens there.
  static func connect(to path: FilePath) throws(RunningLabError) -> FileDescriptor? {
    do throws(RunningLabError) {
      return try withAddress(path, "connect") { socket, address, size in
        while Glibc.connect(socket, address, size) != 0 { if errno != EINTR { return false } }
        return true
      }
    } catch .system(_, _, .noSuchFileOrDirectory), .system(_, _, .connectionRefused) {
      return nil
    }
  }

  /// The process at the other end of a connection. Source: unix(7), `SO_PEERCRED`.
  static func peer(of socket: FileDescriptor) -> pid_t? {
    // struct ucred, which glibc declares to GNU C only: process, user, group.
    var credentials: [Int32] = [0, 0, 0]
    var size = socklen_t(12)
    guard getsockopt(socket.rawValue, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 else {
      return nil
    }
    return credentials[0] > 0 ? credentials[0] : nil
  }

  private static func withAddress(
    _ path: FilePath, _ call: String,
    _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
  ) throws(RunningLabError) -> FileDescriptor {
    func failed() -> RunningLabError {
      .system(call: call, subject: path.string, Errno(rawValue: errno))
    }
    // C name: O_PATH, which glibc declares to GNU C only.
    let folder = path.removingLastComponent().withPlatformString {
      open($0, 0o10000000 | O_CLOEXEC)
    }
    guard folder >= 0 else { throw failed() }
    defer { close(folder) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let name = Array("/proc/self/fd/\(folder)/\(path.lastComponent?.string ?? "")".utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name.prefix($0.count - 1)) }
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    let socket = Glibc.socket(AF_UNIX, type, 0)
    guard socket >= 0 else { throw failed() }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let succeeded = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body(socket, $0, size) }
    }
    guard succeeded else {
      let error = failed()
      close(socket)
      throw error
    }
    return FileDescriptor(rawValue: socket)
  }
}
