// SPDX-License-Identifier: Apache-2.0

import CXenLight
import DomainModel
import Glibc

/// Where xenstored is found.
///
/// As a program of the control domain it has a socket. The socket of one that has ended is still
/// there, and refuses connections: that is seen at once, and the kernel is not asked, which would wait
/// without end. Only where there is no socket xenstored is a domain of its own, behind the kernel.
enum XenstoreAddress {
  /// What people may set to say where it is, or where its socket is, for Xen's own client, too
  /// (tools/libs/store/xs.c).
  private static let variables = (path: "XENSTORED_PATH", folder: "XENSTORED_RUNDIR")
  private static let folder = "/run/xenstored"
  private static let devices = ["/dev/xen/xenbus", "/proc/xen/xenbus"]

  /// Where xenstored of this control domain is.
  static var standard: String {
    if let path = getenv(variables.path) { return String(cString: path) }
    let folder = getenv(variables.folder).map { String(cString: $0) } ?? folder
    return (["\(folder)/socket"] + devices).first { access($0, F_OK) == 0 } ?? devices[0]
  }
}

extension XenstoreChannel {
  /// Connects to xenstored, which may take so many milliseconds to accept.
  convenience init(to path: String, patience: Int) throws(ToolstackError) {
    var information = stat()
    guard stat(path, &information) == 0 else { throw .isXenstoreRunning() }
    let isDevice = information.st_mode & S_IFMT != S_IFSOCK
    let descriptor =
      isDevice ? open(path, O_RDWR | O_CLOEXEC) : try Self.connected(to: path, patience)
    guard descriptor >= 0 else { throw .isXenstoreRunning() }
    self.init(takingOver: descriptor, isDevice: isDevice)
  }

  /// A socket that is connected.
  private static func connected(to path: String, _ patience: Int) throws(ToolstackError) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard path.utf8.count < room else { throw .isXenstoreRunning(ENAMETOOLONG) }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw .isXenstoreRunning() }
    // xenstored lets few wait at its door; the others wait here, but not without end.
    var limit = timeval(tv_sec: patience / 1000, tv_usec: patience % 1000 * 1000)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else {
      let code = errno
      close(descriptor)
      throw .isXenstoreRunning(code == EAGAIN ? ETIMEDOUT : code)
    }
    return descriptor
  }
}

extension ToolstackError {
  fileprivate static func isXenstoreRunning(_ code: Int32 = errno) -> ToolstackError {
    ToolstackError(
      .xenUnavailable, call: "connecting to xenstored", code: code,
      advice: "is xenstored running?")
  }
}
