// SPDX-License-Identifier: Apache-2.0

import CXenLight
import Glibc
import HostSystem
import SystemPackage
import XenDomainModel

/// The bytes to and from xenstored; closed with the last reference.
final class XenstoreChannel {
  /// Its descriptor, which never blocks when it is read.
  let descriptor: FileDescriptor
  /// Whether it is the kernel's way to a xenstored in a domain of its own, and no socket.
  ///
  /// The kernel takes one message of at most a page at a time, blocks until it has passed it on, and
  /// answers a watch by itself, without the request's number.
  /// Source: Linux, drivers/xen/xenbus/xenbus_dev_frontend.c.
  let isDevice: Bool

  /// Takes over a connected socket, or the open device.
  init(takingOver descriptor: FileDescriptor, isDevice: Bool = false) {
    (self.descriptor, self.isDevice) = (descriptor, isDevice)
    try? descriptor.setNonBlocking()
  }

  deinit {
    try? descriptor.close()
  }

  func send(_ bytes: ArraySlice<UInt8>) -> Transfer {
    bytes.withUnsafeBytes { bytes in
      .attempt {
        isDevice
          ? write(descriptor.rawValue, bytes.baseAddress, bytes.count)
          : Glibc.send(descriptor.rawValue, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      }
    }
  }

  func receive(into buffer: inout [UInt8]) -> Transfer {
    .attempt { read(descriptor.rawValue, &buffer, buffer.count) }
  }

  /// Waits until something can be received, or sent if there is something; false after the deadline.
  func wait(sending: Bool, until deadline: MonotonicTime) -> Bool {
    sending
      ? descriptor.isReadableOrWritable(until: deadline) : descriptor.isReadable(until: deadline)
  }
}

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
    guard stat(path, &information) == 0 else {
      throw Self.isXenstoreRunning(Errno(rawValue: errno))
    }
    guard information.st_mode & S_IFMT == S_IFSOCK else {
      let number = open(path, O_RDWR | O_CLOEXEC)
      guard number >= 0 else { throw Self.isXenstoreRunning(Errno(rawValue: errno)) }
      self.init(takingOver: FileDescriptor(rawValue: number), isDevice: true)
      return
    }
    let socket: FileDescriptor?
    do throws(Errno) {
      // xenstored's backlog of connections is short: the others wait here, for a limited time.
      socket = try LocalSocket.connect(to: FilePath(path), patience: patience)
    } catch {
      throw Self.isXenstoreRunning(error)
    }
    guard let socket else { throw Self.isXenstoreRunning(.connectionRefused) }
    self.init(takingOver: socket)
  }

  private static func isXenstoreRunning(_ error: Errno) -> ToolstackError {
    ToolstackError(
      .xenUnavailable, call: "connecting to xenstored", code: error.rawValue,
      advice: "is xenstored running?")
  }
}

/// What is readable while there may be an event: while something is in the channel, and after events
/// have come from it beside a reply, of which poll(2) on the channel itself would not know any more.
final class EventSignal {
  private let sources: InterestSet
  private let bell: Wakeup
  private var isRung = false

  init(on channel: XenstoreChannel) throws(ToolstackError) {
    do throws(Errno) {
      bell = try Wakeup()
      sources = try InterestSet()
      for source in [bell.descriptor, channel.descriptor] {
        try sources.update(DescriptorInterest(source, reading: true))
      }
    } catch {
      throw ToolstackError(call: "preparing to wait for events of xenstore", code: error.rawValue)
    }
  }

  /// For poll(2).
  var descriptor: FileDescriptor { sources.descriptor }

  /// Makes it readable until it is reset.
  func ring() {
    guard !isRung else { return }
    isRung = true
    bell.ring()
  }

  /// Leaves it readable only if the channel is.
  func reset() {
    guard isRung else { return }
    bell.reset()
    isRung = false
  }
}
