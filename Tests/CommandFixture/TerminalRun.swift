// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// The pvh command with a terminal in front of it, whose keyboard and screen the test has.
public final class TerminalRun {
  private let process = Process()
  private let master: Int32
  /// What has appeared on the screen.
  public private(set) var screen = ""

  /// Starts `pvh` with these arguments.
  public init(_ arguments: [String], program: URL = Checkout.pvh) throws {
    // glibc declares posix_openpt(3) and its like to GNU C only. C names: TIOCSPTLCK, TIOCGPTN.
    var (lock, number): (Int32, Int32) = (0, -1)
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
    guard master >= 0, ioctl(master, 0x4004_5431, &lock) == 0,
      ioctl(master, 0x8004_5430, &number) == 0
    else { throw POSIXError(.ENODEV) }
    let other = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard other >= 0 else { throw POSIXError(.ENODEV) }
    let terminal = FileHandle(fileDescriptor: other, closeOnDealloc: true)
    process.executableURL = program
    process.arguments = arguments
    process.standardInput = terminal
    process.standardOutput = terminal
    process.standardError = terminal
    try process.run()
  }

  deinit {
    if process.isRunning { process.terminate() }
    close(master)
  }

  /// Whether the terminal hands lines over, and echoes them, as shells leave it.
  public var isAsShellsLeaveIt: Bool {
    var modes = termios()
    guard tcgetattr(master, &modes) == 0 else { return false }
    let wanted = tcflag_t(ECHO) | tcflag_t(ICANON) | tcflag_t(ISIG)
    return modes.c_lflag & wanted == wanted && modes.c_oflag & tcflag_t(OPOST) != 0
  }

  /// Presses keys, or pastes a text; false if the terminal does not take all of it within ten seconds.
  @discardableResult public func type(_ text: String) -> Bool {
    var rest = Array(text.utf8)
    for _ in 0..<1000 {
      let count = write(master, rest, min(rest.count, 1024))
      if count > 0 { rest.removeFirst(count) } else { usleep(10_000) }
      if rest.isEmpty { return true }
    }
    return false
  }

  /// Sends the command a signal.
  public func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Waits until the terminal is as shells leave it, or is not; false if that takes too long.
  public func waitUntilItIsAsShellsLeaveIt(_ wanted: Bool) -> Bool {
    for _ in 0..<100 where isAsShellsLeaveIt != wanted { usleep(100_000) }
    return isAsShellsLeaveIt == wanted
  }

  /// Waits until the screen has shown `text`; false if it does not within so many seconds.
  public func waitUntilItShows(_ text: String, seconds: Int = 120) -> Bool {
    for _ in 0..<seconds * 10 {
      read()
      if screen.contains(text) { return true }
      guard process.isRunning else { break }
      usleep(100_000)
    }
    read()
    return screen.contains(text)
  }

  /// Waits for the end; the exit status.
  public func finish() -> Int32 {
    while process.isRunning {
      read()
      usleep(20_000)
    }
    read()
    return process.terminationStatus
  }

  private func read() {
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    while case let count = Glibc.read(master, &buffer, buffer.count), count > 0 {
      screen += String(decoding: buffer[..<count], as: UTF8.self)
    }
  }
}
