// SPDX-License-Identifier: Apache-2.0

import CHostSystem
import Glibc
public import SystemPackage

/// A TCP port of this machine that only programs on it reach. C name: `INADDR_LOOPBACK`.
public struct LoopbackListener: ~Copyable {
  /// Readable when somebody wants to connect.
  public let descriptor: FileDescriptor
  /// The port's number.
  public let port: UInt16

  /// Listens on a port, or on any that is free for port 0.
  public init(port: UInt16) throws(Errno) {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let socket = Glibc.socket(AF_INET, type, 0)
    guard socket >= 0 else { throw Errno(rawValue: errno) }
    var yes: Int32 = 1
    let flagSize = socklen_t(MemoryLayout<Int32>.size)
    // A port that was used a moment ago is not taken.
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, flagSize)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let succeeded = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, size) == 0 && listen(socket, 4) == 0 && getsockname(socket, $0, &size) == 0
      }
    }
    guard succeeded else {
      let error = Errno(rawValue: errno)
      close(socket)
      throw error
    }
    descriptor = FileDescriptor(rawValue: socket)
    self.port = UInt16(bigEndian: address.sin_port)
  }

  deinit {
    try? descriptor.close()
  }

  /// The next connection; nil if nobody waits.
  public func accept() -> FileDescriptor? {
    let number = pvh_accept(descriptor.rawValue)
    guard number >= 0 else { return nil }
    var yes: Int32 = 1
    // A debugger's packets are small, and each waits for the answer to the one before.
    setsockopt(
      number, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    return FileDescriptor(rawValue: number)
  }
}
