// SPDX-License-Identifier: Apache-2.0

import Glibc
import NetTCP
import NetWire
import XenFrontends

/// A host of this module, and Linux's TCP as its peer: both ends of a TUN device in a network namespace of the calling
/// thread. Linux is 10.9.0.1, the host 10.9.0.2.
final class LinuxPeer {
  static var isPossible: Bool { geteuid() == 0 && access("/dev/net/tun", R_OK | W_OK) == 0 }

  enum Failure: Error {
    case call(String, Int32)
    case tooSlow(String)
  }

  let host: TCPHost
  let address = IPAddress.v4(IPv4Address(10, 9, 0, 2))
  let linux = IPAddress.v4(IPv4Address(10, 9, 0, 1))
  private let tun: Int32
  private var chance = Chance(seed: 1)
  /// How likely a packet is lost, each way, in percent.
  var loss = 0
  private var sockets: [Int32] = []

  init(limits: TCPLimits = TCPLimits(), mtu: Int = 1500) throws {
    // A network of this thread's own: CLONE_NEWNET. The C function is one that Swift does not see.
    typealias Unshare = @convention(c) (Int32) -> Int32
    let function = unsafeBitCast(dlsym(nil, "unshare"), to: Unshare?.self)
    guard function?(0x4000_0000) == 0 else { throw Failure.call("unshare", errno) }
    tun = Glibc.open("/dev/net/tun", O_RDWR | O_NONBLOCK)
    guard tun >= 0 else { throw Failure.call("open", errno) }
    host = TCPHost(secret: (3, 4), limits: limits, mtu: mtu)
    // TUNSETIFF with IFF_TUN and IFF_NO_PI.
    try Self.configure(tun, 0x4004_54CA) { $0[16...17] = [0x01, 0x10] }
    let control = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(control) }
    let family = UInt8(AF_INET)
    // SIOCSIFADDR, SIOCSIFNETMASK, SIOCSIFMTU, SIOCSIFFLAGS with IFF_UP and IFF_RUNNING.
    try Self.configure(control, 0x8916) { $0[16...23] = [family, 0, 0, 0, 10, 9, 0, 1] }
    try Self.configure(control, 0x891C) { $0[16...23] = [family, 0, 0, 0, 255, 255, 255, 0] }
    try Self.configure(control, 0x8922) { request in
      request[16] = UInt8(truncatingIfNeeded: mtu)
      request[17] = UInt8(truncatingIfNeeded: mtu >> 8)
    }
    try Self.configure(control, 0x8914) { $0[16...17] = [0x41, 0] }
  }

  deinit {
    for socket in sockets { close(socket) }
    close(tun)
  }

  /// Asks something of the interface `tun0`. C name: `struct ifreq`.
  private static func configure(_ file: Int32, _ request: UInt, _ fill: (inout [UInt8]) -> Void)
    throws
  {
    var bytes = [UInt8](repeating: 0, count: 40)
    bytes[0...3] = [0x74, 0x75, 0x6E, 0x30]
    fill(&bytes)
    let result = bytes.withUnsafeMutableBytes { buffer in
      buffer.baseAddress.map { ioctl(file, request, $0) } ?? -1
    }
    guard result == 0 else { throw Failure.call("ioctl \(request)", errno) }
  }

  var now: SystemTime {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return SystemTime(rawValue: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
  }

  // MARK: - Packets

  /// Moves packets both ways, and waits a little if there are none.
  func pump() {
    var didSomething = sendAll()
    var bytes = [UInt8](repeating: 0, count: 65536)
    for _ in 0..<64 {
      let count = read(tun, &bytes, bytes.count)
      guard count > 0 else { break }
      didSomething = true
      take(Array(bytes[..<count]))
    }
    didSomething = sendAll() || didSomething
    guard !didSomething else { return }
    var wait = pollfd(fd: tun, events: Int16(POLLIN), revents: 0)
    poll(&wait, 1, 1)
  }

  private func take(_ packet: [UInt8]) {
    guard let header = IPv4Header(packet.span.bytes), header.protocolNumber == .tcp,
      !chance.percent(loss)
    else { return }
    let segment = Array(packet[header.size..<(header.size + header.payloadCount)])
    host.receive(
      segment.span.bytes, from: .v4(header.source), to: .v4(header.destination),
      isVerified: false, now: now)
  }

  private func sendAll() -> Bool {
    var didSomething = false
    while let output = host.nextSegment(now: now) {
      didSomething = true
      for segment in SegmentCutter.cut(output) where !chance.percent(loss) {
        var packet = PacketWriter()
        IPv4Header(
          from: IPv4Address(10, 9, 0, 2), to: IPv4Address(10, 9, 0, 1), .tcp,
          payloadCount: segment.count
        ).append(to: &packet)
        packet.append(segment)
        _ = write(tun, packet.bytes, packet.bytes.count)
      }
    }
    return didSomething
  }

  /// Pumps until something is so, for a minute at most.
  func until(_ what: String, _ isSo: () throws -> Bool) throws {
    let end = now.advanced(byMilliseconds: 60_000)
    while try !isSo() {
      guard now < end else { throw Failure.tooSlow(what) }
      pump()
    }
  }

  // MARK: - Linux's sockets

  private func socketAddress(_ port: UInt16, _ last: UInt8) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = (UInt32(10) << 24 | 9 << 16 | UInt32(last)).bigEndian
    return address
  }

  private func open() throws -> Int32 {
    let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    guard file >= 0 else { throw Failure.call("socket", errno) }
    sockets.append(file)
    return file
  }

  func listen(_ port: UInt16) throws -> Int32 {
    let file = try open()
    var address = socketAddress(port, 1)
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0, Glibc.listen(file, 16) == 0 else { throw Failure.call("listen", errno) }
    return file
  }

  /// Begins a connection to the host.
  func connect(_ port: UInt16) throws -> Int32 {
    let file = try open()
    var address = socketAddress(port, 2)
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 || errno == EINPROGRESS else { throw Failure.call("connect", errno) }
    return file
  }

  func accept(_ listener: Int32) throws -> Int32 {
    var file: Int32 = -1
    try until("accept") {
      file = Glibc.accept(listener, nil, nil)
      return file >= 0
    }
    _ = fcntl(file, F_SETFL, O_NONBLOCK)
    sockets.append(file)
    return file
  }

  /// A connection from Linux to a port of the host, and its other end.
  func pair(_ listener: TCPListener) throws -> (Int32, TCPConnection) {
    let file = try connect(listener.port)
    var connection: TCPConnection?
    try until("connection") {
      connection = listener.accept()
      return connection != nil
    }
    guard let connection else { throw Failure.tooSlow("connection") }
    return (file, connection)
  }
}
