// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Glibc
import HostSystem
import SystemPackage
import Testing

/// A lab, a Linux guest that serves something over TCP, and what may not be left of its network in dom0.
final class NetworkLab {
  let lab: DetachedLab
  /// Made when a test wants it, as that takes some seconds.
  private var linux: LinuxGuest?

  init(_ name: String) throws {
    lab = try DetachedLab("net-\(name)")
  }

  /// The words that start the guest: it serves pages on port 80, and sums on port 7.
  func words(_ command: String, name: String = "web", _ more: [String]) throws
    -> [String]
  {
    let linux = try linux ?? LinuxGuest()
    self.linux = linux
    return [
      command, linux.kernel, "--module", linux.initrd, "--memory", "128", "--name", name,
      "--cmdline", "console=hvc0 quiet do=network",
    ] + more
  }

  /// Starts the guest, attended, and waits until it serves.
  func start(_ more: [String]) throws -> PVHCommand {
    let run = try lab.command(try words("run", more))
    try lab.wait { run.printed.contains("serving\n") }
    return run
  }

  @discardableResult
  func dom0(_ script: String) throws -> String {
    try lab.pvh("lab", "exec", lab.name, "--", "sh", "-c", script).text
  }

  /// Pings an address from dom0 until nothing is lost; Linux gives an address up that is silent for three seconds,
  /// which a busy machine may be.
  func ping(_ address: some StringProtocol, size: Int = 56, count: Int = 2) throws {
    try lab.wait {
      try dom0("ping -c \(count) -s \(size) \(address)").contains(" 0% packet loss")
    }
  }

  /// Interfaces in dom0, their backends, and what xenstore has of them.
  func leftovers() throws -> String {
    try dom0(
      """
      ls /sys/class/net | grep vif; ls /sys/bus/xen-backend/devices 2>/dev/null | grep vif
      xenstore-ls -f | grep -e vif -e /attr -e error/backend
      """)
  }

  func expectNothingLeft() throws {
    #expect(try leftovers().isEmpty)
    try lab.expectNothingLeft()
  }

  /// A port of this machine that nobody has.
  static func freePort() throws -> UInt16 { try LoopbackListener(port: 0).port }

  /// What curl gets.
  static func page(_ port: UInt16, _ path: String = "", seconds: Int = 590) throws
    -> PVHCommand.Result
  {
    try PVHCommand(
      ["curl", "-sS", "-m", "\(seconds)", "http://127.0.0.1:\(port)/\(path)"],
      program: URL(filePath: "/usr/bin/env")
    ).finish()
  }

  /// Connects, or throws an `Errno`, writes all of a text, says that this was all, and reads to the end.
  static func exchange(_ port: UInt16, _ text: [UInt8]) throws -> [UInt8] {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw Errno(rawValue: errno) }
    var rest = text[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(socket, $0.baseAddress, $0.count) }
      guard count > 0 else { throw Errno(rawValue: errno) }
      rest.removeFirst(count)
    }
    shutdown(socket, Int32(SHUT_WR))
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case let count = read(socket, &buffer, buffer.count), count > 0 {
      answer += buffer[..<count]
    }
    return answer
  }
}
