// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The socket of a xenstored that is a program of the control domain; one that is a domain of its own
/// has none.
enum XenstoreSocket {
  /// Source: Xen, tools/libs/store/xs.c, `xs_daemon_socket`.
  private static let path = "/var/run/xenstored/socket"

  /// Whether the socket is there and its xenstored is not; sets errno then.
  static var isAbandoned: Bool {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { return false }
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    let code = errno
    close(socket)
    errno = code
    return result < 0 && code == ECONNREFUSED
  }
}

extension ToolstackError {
  /// What it means that a message to xenstored failed with a value of errno.
  ///
  /// libxenstore closes its connection when xenstored goes away, and opens no other.
  init(xenstoreCall call: String, code: Int32 = errno) {
    guard [EPIPE, ECONNRESET, EBADF, EIO].contains(code) else {
      self.init(code == ENOMEM ? .outOfMemory : .other, call: call, code: code)
      return
    }
    self.init(
      .xenUnavailable, call: call, code: code,
      advice: "xenstored has ended since this began; start it, and then repeat the command")
  }
}
