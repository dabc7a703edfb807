// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The socket at which a supervisor listens; its folder keeps others than root away.
public enum SupervisorSocket {
  /// Makes the socket; what a dead supervisor left under its name goes.
  ///
  /// - Returns: a descriptor that does not block.
  public static func listen(at path: String) throws(SupervisionError) -> Int32 {
    unlink(path)
    let socket = try make(blocking: false)
    guard withAddress(path, { bind(socket, $0, $1) }) == 0, Glibc.listen(socket, 64) == 0 else {
      let error = SupervisionError("listening at", path)
      close(socket)
      throw error
    }
    return socket
  }

  /// Connects to a supervisor.
  ///
  /// - Returns: a descriptor that blocks, or nil if nobody listens.
  public static func connect(to path: String) throws(SupervisionError) -> Int32? {
    let socket = try make(blocking: true)
    if withAddress(path, { Glibc.connect(socket, $0, $1) }) == 0 { return socket }
    let code = errno
    close(socket)
    if code == ENOENT || code == ECONNREFUSED { return nil }
    throw SupervisionError("connecting to", path, code: code)
  }

  private static func make(blocking: Bool) throws(SupervisionError) -> Int32 {
    let flags = Int32(SOCK_CLOEXEC.rawValue) | (blocking ? 0 : Int32(SOCK_NONBLOCK.rawValue))
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | flags, 0)
    guard socket >= 0 else { throw SupervisionError("making", "a socket") }
    return socket
  }

  /// - Precondition: the path has at most 107 bytes (C name: `sun_path`).
  private static func withAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { space in
      precondition(bytes.count < space.count, "a socket's path is too long")
      space.copyBytes(from: bytes)
    }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
