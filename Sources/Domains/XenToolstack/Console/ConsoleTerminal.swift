// SPDX-License-Identifier: Apache-2.0

import CXenLight
import Glibc
import HostSystem
public import SystemPackage
import XenDomainModel

/// The terminal that xenconsoled opened for a domain's console, made raw; never blocks.
public final class ConsoleTerminal {
  /// Milliseconds that xenconsoled may take to open the terminal of a new domain.
  static let patience = 10_000

  /// Its descriptor, for poll(2).
  public let descriptor: FileDescriptor

  /// Takes over an open, non-blocking descriptor that reads and writes the console.
  public init(takingOver descriptor: FileDescriptor) {
    self.descriptor = descriptor
  }

  deinit {
    try? descriptor.close()
  }

  /// Waits until xenconsoled has named the terminal of a domain, and opens it.
  static func attach(to domain: Domain, store: XenstoreConnection) throws(ToolstackError)
    -> ConsoleTerminal
  {
    let node = "/local/domain/\(domain.id)/console/tty"
    let path = try waitForTerminal(namedBy: node, store: store)
    let number = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    guard number >= 0 else {
      throw ToolstackError(
        .consoleUnavailable, call: "opening \(path), the console of domain \(domain.id)",
        advice: "is devpts mounted?")
    }
    let terminal = ConsoleTerminal(takingOver: FileDescriptor(rawValue: number))
    guard let modes = TerminalModes(of: terminal.descriptor) else {
      throw ToolstackError(
        .consoleUnavailable, call: "asking \(path) for its terminal modes",
        advice: "\(node) has to name a terminal")
    }
    guard modes.raw.apply(to: terminal.descriptor, now: true) else {
      throw ToolstackError(.consoleUnavailable, call: "making \(path) raw")
    }
    return terminal
  }

  private static func waitForTerminal(namedBy node: String, store: XenstoreConnection)
    throws(ToolstackError)
    -> String
  {
    if let value = try store.read(node), !value.isEmpty { return text(value) }
    var value = try store.watchAndRead(node)
    defer { store.unwatch(node) }
    let deadline = MonotonicTime.now.adding(milliseconds: patience)
    while true {
      if let value, !value.isEmpty { return text(value) }
      let now = MonotonicTime.now
      guard now < deadline else {
        throw ToolstackError(
          .consoleUnavailable,
          "\(node) did not appear in \(patience) ms: is xenconsoled running, and devpts mounted?")
      }
      _ = store.descriptor?.isReadable(within: deadline.pollTimeout(from: now))
      _ = store.takeEvents()
      value = try store.read(node)
    }
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
    .attempt { Glibc.read(descriptor.rawValue, buffer.baseAddress, buffer.count) }
  }

  func write(_ bytes: UnsafeRawBufferPointer) -> Transfer {
    .attempt { Glibc.write(descriptor.rawValue, bytes.baseAddress, bytes.count) }
  }
}
