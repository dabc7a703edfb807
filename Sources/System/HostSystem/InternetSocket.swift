// SPDX-License-Identifier: Apache-2.0

import CHostSystem
import Glibc
public import SystemPackage

/// TCP over IPv4. C name: `AF_INET`.
public enum InternetSocket {
  /// A socket that listens, and does not block, on a port, or on any that is free for port 0; returns the
  /// port, too.
  public static func listen(on address: InternetAddress, port: UInt16, backlog: Int32)
    throws(Errno) -> (FileDescriptor, port: UInt16)
  {
    let socket = try make()
    // A port that was used a moment ago is not taken.
    set(socket, SO_REUSEADDR)
    var name = Self.name(address, port)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let succeeded = withUnsafeMutablePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, size) == 0 && Glibc.listen(socket, backlog) == 0
          && getsockname(socket, $0, &size) == 0
      }
    }
    guard succeeded else { throw failure(closing: socket) }
    return (FileDescriptor(rawValue: socket), UInt16(bigEndian: name.sin_port))
  }

  /// The next connection to a socket that listens, which does not block either; nil if nobody waits.
  ///
  /// - Throws: why nobody can be accepted although somebody may wait, such as `Errno.tooManyOpenFiles`: the
  ///   socket stays readable then.
  public static func accept(on listener: FileDescriptor) throws(Errno) -> FileDescriptor? {
    while true {
      let number = pvh_accept(listener.rawValue)
      if number >= 0 {
        let connection = FileDescriptor(rawValue: number)
        try? connection.setNonBlocking()
        sendAtOnce(connection)
        return connection
      }
      switch errno {
      case EAGAIN: return nil
      // A signal came, or the one who waited has gone: the next may wait.
      case EINTR, ECONNABORTED, EPROTO: continue
      case let error: throw Errno(rawValue: error)
      }
    }
  }

  /// Begins to connect, by way of one network interface only: the socket can be written when that has
  /// succeeded or failed, which ``connectFailure(of:)`` tells.
  public static func connect(to address: InternetAddress, port: UInt16, through interface: String)
    throws(Errno) -> FileDescriptor
  {
    let socket = try make()
    let bound = interface.withCString {
      setsockopt(
        socket, SOL_SOCKET, SO_BINDTODEVICE, $0, socklen_t(interface.utf8.count))
    }
    guard bound == 0 else { throw failure(closing: socket) }
    var name = Self.name(address, port)
    let result = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 || errno == EINPROGRESS else { throw failure(closing: socket) }
    let connection = FileDescriptor(rawValue: socket)
    sendAtOnce(connection)
    return connection
  }

  /// Why a connection that was begun has not come about; nil if it has.
  public static func connectFailure(of socket: FileDescriptor) -> Errno? {
    var error: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    guard getsockopt(socket.rawValue, SOL_SOCKET, SO_ERROR, &error, &size) == 0 else {
      return Errno(rawValue: errno)
    }
    return error == 0 ? nil : Errno(rawValue: error)
  }

  /// Whether an address is one of this machine's own.
  ///
  /// - Throws: why that cannot be found out. Who guards the machine's services takes it for its own then.
  public static func isOwn(_ address: InternetAddress) throws(Errno) -> Bool {
    let socket = try make()
    defer { close(socket) }
    var name = Self.name(address, 0)
    let result = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if result == 0 { return true }
    let error = Errno(rawValue: errno)
    guard error == .addressNotAvailable else { throw error }
    return false
  }

  /// Closes a connection so that the other end sees it break off.
  public static func abort(_ socket: FileDescriptor) {
    var lingering = linger(l_onoff: 1, l_linger: 0)
    setsockopt(
      socket.rawValue, SOL_SOCKET, SO_LINGER, &lingering, socklen_t(MemoryLayout<linger>.size))
    try? socket.close()
  }

  private static func make() throws(Errno) -> Int32 {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let socket = Glibc.socket(AF_INET, type, 0)
    guard socket >= 0 else { throw Errno(rawValue: errno) }
    return socket
  }

  private static func name(_ address: InternetAddress, _ port: UInt16) -> sockaddr_in {
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = port.bigEndian
    name.sin_addr.s_addr = address.rawValue.bigEndian
    return name
  }

  private static func failure(closing socket: Int32) -> Errno {
    let error = Errno(rawValue: errno)
    close(socket)
    return error
  }

  private static func set(_ socket: Int32, _ option: Int32) {
    var yes: Int32 = 1
    setsockopt(socket, SOL_SOCKET, option, &yes, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Small pieces go out at once: each may wait for the answer to the one before. C name: `TCP_NODELAY`.
  private static func sendAtOnce(_ socket: FileDescriptor) {
    var yes: Int32 = 1
    setsockopt(
      socket.rawValue, Int32(IPPROTO_TCP), TCP_NODELAY, &yes,
      socklen_t(MemoryLayout<Int32>.size))
  }
}
