// SPDX-License-Identifier: Apache-2.0

public import SystemPackage

/// A TCP port of this machine that only programs on it reach. C name: `INADDR_LOOPBACK`.
public struct LoopbackListener: ~Copyable {
  /// Readable when somebody wants to connect.
  public let descriptor: FileDescriptor
  /// The port's number.
  public let port: UInt16

  /// Listens on a port, or on any that is free for port 0.
  public init(port: UInt16) throws(Errno) {
    (descriptor, self.port) = try InternetSocket.listen(on: .loopback, port: port, backlog: 4)
  }

  deinit {
    try? descriptor.close()
  }

  /// The next connection, which does not block; nil if nobody waits.
  public func accept() throws(Errno) -> FileDescriptor? {
    try InternetSocket.accept(on: descriptor)
  }
}
