// SPDX-License-Identifier: Apache-2.0

import Glibc
import NetIPv6
import NetStack
import NetTCP
import NetWire
import XenFrontends

/// A host of this module, and Linux as its neighbour: both ends of a TAP device in a network namespace of the calling
/// thread.
final class LinuxLink {
  static var isPossible: Bool {
    geteuid() == 0 && access("/dev/net/tun", R_OK | W_OK) == 0
      && access("/proc/sys/net/ipv6/conf", R_OK) == 0
  }

  enum Failure: Error {
    case call(String, Int32)
    case tooSlow(String)
  }

  let node: Node
  /// Linux's address on the link.
  let linux: IPv6Address
  private let tap: Int32
  private let scope: UInt32
  private var sockets: [Int32] = []

  init(mtu: Int = 1500) throws {
    // A network of this thread's own: CLONE_NEWNET. The C function is one that Swift does not see.
    typealias Unshare = @convention(c) (Int32) -> Int32
    let function = unsafeBitCast(dlsym(nil, "unshare"), to: Unshare?.self)
    guard function?(0x4000_0000) == 0 else { throw Failure.call("unshare", errno) }
    tap = Glibc.open("/dev/net/tun", O_RDWR | O_NONBLOCK)
    guard tap >= 0 else { throw Failure.call("open", errno) }
    // TUNSETIFF with IFF_TAP and IFF_NO_PI.
    try Self.configure(tap, 0x4004_54CA) { $0[16...17] = [0x02, 0x10] }
    let control = socket(AF_INET6, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(control) }
    // SIOCSIFHWADDR for Ethernet, SIOCSIFMTU, SIOCSIFFLAGS with IFF_UP, IFF_RUNNING and IFF_MULTICAST.
    try Self.configure(control, 0x8924) { $0[16...23] = [1, 0, 0, 0x16, 0x3E, 0, 0, 1] }
    try Self.configure(control, 0x8922) {
      $0[16...17] = [UInt8(truncatingIfNeeded: mtu), UInt8(truncatingIfNeeded: mtu >> 8)]
    }
    try Self.configure(control, 0x8914) { $0[16...17] = [0x41, 0x10] }
    scope = if_nametoindex("tap0")
    linux = Node.near(1)
    node = Node(2, mtu: mtu, now: Self.now)
  }

  deinit {
    for socket in sockets { close(socket) }
    close(tap)
  }

  /// Asks something of the interface `tap0`. C name: `struct ifreq`.
  private static func configure(
    _ file: Int32, _ request: UInt, _ fill: (inout [UInt8]) -> Void
  ) throws {
    var bytes = [UInt8](repeating: 0, count: 40)
    bytes[0...3] = [0x74, 0x61, 0x70, 0x30]
    fill(&bytes)
    let result = bytes.withUnsafeMutableBytes { buffer in
      buffer.baseAddress.map { ioctl(file, request, $0) } ?? -1
    }
    guard result == 0 else { throw Failure.call("ioctl \(request)", errno) }
  }

  static var now: SystemTime {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return SystemTime(rawValue: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
  }

  /// Moves frames both ways, and waits a little if there are none.
  func pump() {
    var bytes = [UInt8](repeating: 0, count: 65536)
    var didSomething = false
    for frame in node.frames(Self.now) {
      didSomething = true
      _ = write(tap, frame, frame.count)
    }
    for _ in 0..<64 {
      let count = read(tap, &bytes, bytes.count)
      guard count > 0 else { break }
      didSomething = true
      let frame = Array(bytes[..<count])
      node.stack.receive(frame.span.bytes, isVerified: false, now: Self.now)
    }
    guard !didSomething else { return }
    var wait = pollfd(fd: tap, events: Int16(POLLIN), revents: 0)
    poll(&wait, 1, 1)
  }

  /// Pumps until something is so, for a minute at most.
  func until(_ what: String, _ isSo: () throws -> Bool) throws {
    let end = Self.now.advanced(byMilliseconds: 60_000)
    while try !isSo() {
      guard Self.now < end else { throw Failure.tooSlow(what) }
      pump()
    }
  }

  // MARK: - Linux's sockets

  func open(_ kind: __socket_type, _ number: Int32 = 0) throws -> Int32 {
    let file = socket(AF_INET6, Int32(kind.rawValue) | Int32(SOCK_NONBLOCK.rawValue), number)
    guard file >= 0 else { throw Failure.call("socket", errno) }
    sockets.append(file)
    return file
  }

  /// Does something with the address of an endpoint on the link as C has it.
  private func with(
    _ address: IPv6Address, _ port: UInt16,
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var endpoint = sockaddr_in6()
    endpoint.sin6_family = sa_family_t(AF_INET6)
    endpoint.sin6_port = port.bigEndian
    endpoint.sin6_scope_id = scope
    withUnsafeMutableBytes(of: &endpoint.sin6_addr) { bytes in
      bytes.storeBytes(of: address.high.bigEndian, as: UInt64.self)
      bytes.storeBytes(of: address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
    }
    return withUnsafePointer(to: &endpoint) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
      }
    }
  }

  func bind(_ file: Int32, _ port: UInt16) throws {
    guard with(.unspecified, port, { Glibc.bind(file, $0, $1) }) == 0 else {
      throw Failure.call("bind", errno)
    }
  }

  /// Begins a connection to the host, or has datagrams go to it.
  func connect(_ file: Int32, _ port: UInt16) throws {
    let result = with(node.near, port) { Glibc.connect(file, $0, $1) }
    guard result == 0 || errno == EINPROGRESS else { throw Failure.call("connect", errno) }
  }

  /// What comes to a socket next.
  func receive(_ file: Int32, _ what: String) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 65536)
    var count = -1
    try until(what) {
      count = recv(file, &bytes, bytes.count, 0)
      return count >= 0
    }
    return Array(bytes[..<count])
  }
}
