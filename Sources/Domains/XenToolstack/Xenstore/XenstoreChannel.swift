// SPDX-License-Identifier: Apache-2.0

import CXenLight
import Glibc

/// The bytes to and from xenstored; closed with the last reference.
final class XenstoreChannel {
  enum Transfer: Equatable {
    /// So many bytes went through.
    case bytes(Int)
    /// Nothing can go through now.
    case notNow
    /// The other end is closed, or the call failed: a value of errno.
    case over(Int32)
  }

  /// Its descriptor, which never blocks when it is read.
  let descriptor: Int32
  /// Whether it is the kernel's way to a xenstored in a domain of its own, and no socket.
  ///
  /// The kernel takes one message of at most a page at a time, blocks until it has passed it on, and
  /// answers a watch by itself, without the request's number.
  /// Source: Linux, drivers/xen/xenbus/xenbus_dev_frontend.c.
  let isDevice: Bool

  /// Takes over a connected socket, or the open device.
  init(takingOver descriptor: Int32, isDevice: Bool = false) {
    (self.descriptor, self.isDevice) = (descriptor, isDevice)
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  deinit {
    close(descriptor)
  }

  func send(_ bytes: ArraySlice<UInt8>) -> Transfer {
    outcome {
      bytes.withUnsafeBytes { bytes in
        isDevice
          ? write(descriptor, bytes.baseAddress, bytes.count)
          : Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      }
    }
  }

  func receive(into buffer: inout [UInt8]) -> Transfer {
    outcome { read(descriptor, &buffer, buffer.count) }
  }

  /// Waits until something can be received, or sent if there is something; false after the deadline.
  func wait(sending: Bool, until deadline: MonotonicTime) -> Bool {
    var entry = pollfd(
      fd: descriptor, events: Int16(POLLIN | (sending ? POLLOUT : 0)), revents: 0)
    while true {
      let now = MonotonicTime.now
      let count = poll(&entry, 1, deadline.pollTimeout(from: now))
      if count > 0 { return true }
      if now >= deadline { return false }
    }
  }

  private func outcome(of transfer: () -> Int) -> Transfer {
    while true {
      let count = transfer()
      if count > 0 { return .bytes(count) }
      // End of file: xenstored has closed its end, or has ended.
      if count == 0 { return .over(ECONNRESET) }
      if errno == EINTR { continue }
      return errno == EAGAIN ? .notNow : .over(errno)
    }
  }
}

/// Where xenstored is found.
///
/// As a program of the control domain it has a socket. The socket of one that has ended is still
/// there, and refuses connections: that is seen at once, and the kernel is not asked, which would wait
/// without end. Only without a socket is xenstored a domain of its own, reached through the kernel.
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
  /// Connects to xenstored, which may take `patience` milliseconds to accept.
  convenience init(to path: String, patience: Int) throws(ToolstackError) {
    var information = stat()
    guard stat(path, &information) == 0 else { throw .isXenstoreRunning() }
    let isDevice = information.st_mode & S_IFMT != S_IFSOCK
    let descriptor =
      isDevice ? open(path, O_RDWR | O_CLOEXEC) : try Self.connected(to: path, patience)
    guard descriptor >= 0 else { throw .isXenstoreRunning() }
    self.init(takingOver: descriptor, isDevice: isDevice)
  }

  private static func connected(to path: String, _ patience: Int) throws(ToolstackError) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard path.utf8.count < room else { throw .isXenstoreRunning(ENAMETOOLONG) }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw .isXenstoreRunning() }
    // xenstored's backlog is short; a full one must not block us without end.
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

/// A descriptor that is readable while there may be an event: while something is in the channel, and
/// after events were received together with a reply, which poll(2) on the channel would miss.
final class EventSignal {
  /// For poll(2). C name: `epoll`.
  let descriptor: Int32
  /// C name: `eventfd`.
  private let bell: Int32
  private var isRung = false

  init(on channel: XenstoreChannel) throws(ToolstackError) {
    bell = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    descriptor = epoll_create1(Int32(O_CLOEXEC))
    let isComplete = [bell, channel.descriptor].allSatisfy { source in
      var event = epoll_event()
      event.events = UInt32(POLLIN)
      return source >= 0 && epoll_ctl(descriptor, EPOLL_CTL_ADD, source, &event) == 0
    }
    guard isComplete else {
      throw ToolstackError(call: "preparing to wait for events of xenstore")
    }
  }

  deinit {
    close(descriptor)
    close(bell)
  }

  /// Makes it readable until it is reset.
  func ring() {
    guard !isRung else { return }
    isRung = eventfd_write(bell, 1) == 0
  }

  /// Leaves it readable only if the channel is.
  func reset() {
    guard isRung else { return }
    var count: eventfd_t = 0
    _ = eventfd_read(bell, &count)
    isRung = false
  }
}
