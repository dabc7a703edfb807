// SPDX-License-Identifier: Apache-2.0
import CXenLight
import Glibc

/// The terminal that xenconsoled opened for a domain's console, made raw; never blocks.
public final class ConsoleTerminal {
  /// Milliseconds that xenconsoled may take to open the terminal of a new domain.
  static let patience = 10_000

  /// Its descriptor, for poll(2).
  public let descriptor: Int32

  /// Takes over an open, non-blocking descriptor that reads and writes the console.
  public init(takingOver descriptor: Int32) {
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }

  /// Waits until xenconsoled has named the terminal of a domain, and opens it.
  static func attach(to domain: Domain, store: XenstoreConnection) throws(ToolstackError)
    -> ConsoleTerminal
  {
    let node = "/local/domain/\(domain.id)/console/tty"
    let path = try waitForTerminal(namedBy: node, store: store)
    let descriptor = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw ToolstackError(
        .consoleUnavailable, call: "opening \(path), the console of domain \(domain.id)",
        advice: "is devpts mounted?")
    }
    let terminal = ConsoleTerminal(takingOver: descriptor)
    var modes = termios()
    guard tcgetattr(descriptor, &modes) == 0 else {
      throw ToolstackError(
        .consoleUnavailable, call: "asking \(path) for its terminal modes",
        advice: "\(node) has to name a terminal")
    }
    cfmakeraw(&modes)
    guard tcsetattr(descriptor, TCSANOW, &modes) == 0 else {
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
      var entry = pollfd(fd: store.descriptor, events: Int16(POLLIN), revents: 0)
      _ = poll(&entry, 1, deadline.pollTimeout(from: now))
      _ = store.takeEvents()
      value = try store.read(node)
    }
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// What came of a read or a write.
  enum Transfer: Equatable {
    /// So many bytes went through.
    case bytes(Int)
    /// Nothing can go through now.
    case notNow
    /// xenconsoled closed its end: it died, or the domain is being destroyed.
    case closed
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
    outcome { Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
  }

  func write(_ bytes: UnsafeRawBufferPointer) -> Transfer {
    outcome { Glibc.write(descriptor, bytes.baseAddress, bytes.count) }
  }

  private func outcome(of transfer: () -> Int) -> Transfer {
    while true {
      let count = transfer()
      if count > 0 { return .bytes(count) }
      if count < 0, errno == EINTR { continue }
      return count < 0 && errno == EAGAIN ? .notNow : .closed
    }
  }
}
