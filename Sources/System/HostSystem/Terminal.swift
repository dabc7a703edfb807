// SPDX-License-Identifier: Apache-2.0

import CHostSystem
import Glibc
public import SystemPackage

public struct TerminalSize: Equatable, Sendable {
  /// Characters in a line.
  public var columns: UInt16
  public var rows: UInt16

  public init(columns: UInt16, rows: UInt16) {
    self.columns = columns
    self.rows = rows
  }

  /// The size of the terminal behind a descriptor, nil if it is none.
  public init?(of descriptor: FileDescriptor) {
    var size = winsize()
    guard ioctl(descriptor.rawValue, UInt(TIOCGWINSZ), &size) == 0 else { return nil }
    self.init(columns: size.ws_col, rows: size.ws_row)
  }

  /// Gives it to a terminal.
  public func apply(to descriptor: FileDescriptor) {
    var size = winsize()
    (size.ws_col, size.ws_row) = (columns, rows)
    _ = ioctl(descriptor.rawValue, UInt(TIOCSWINSZ), &size)
  }
}

/// How a terminal treats what goes through it. C name: `termios`.
public struct TerminalModes {
  private var modes = termios()

  /// The modes of the terminal behind a descriptor, nil if it is none.
  public init?(of descriptor: FileDescriptor) {
    guard tcgetattr(descriptor.rawValue, &modes) == 0 else { return nil }
  }

  /// The same, with each byte passed on as it is.
  public var raw: TerminalModes {
    var result = self
    cfmakeraw(&result.modes)
    return result
  }

  /// The same, with a carriage return before each line feed that is shown.
  public var returningCarriage: TerminalModes {
    var result = self
    result.modes.c_oflag |= tcflag_t(OPOST) | tcflag_t(ONLCR)
    return result
  }

  /// Gives them to a terminal, once it has shown what was written to it unless `now`.
  @discardableResult
  public func apply(to descriptor: FileDescriptor, now: Bool = false) -> Bool {
    var modes = modes
    return tcsetattr(descriptor.rawValue, now ? TCSANOW : TCSADRAIN, &modes) == 0
  }
}

/// A new terminal: this process has one end, a program gets the other. C name: `/dev/ptmx`.
public struct PseudoTerminal {
  /// This process's end, which does not block.
  public let descriptor: FileDescriptor
  /// What the program opens.
  public let path: FilePath

  public init() throws(Errno) {
    var number: UInt32 = 0
    let descriptor = pvh_open_terminal(&number)
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    self.descriptor = FileDescriptor(rawValue: descriptor)
    path = FilePath("/dev/pts/\(number)")
  }
}
