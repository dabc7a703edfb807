// SPDX-License-Identifier: Apache-2.0

public import HostSystem

/// A program to start on the far side.
public struct ProgramRequest: Equatable, Sendable {
  /// The program, found along PATH, and its arguments; none of them has a NUL byte.
  public var arguments: [String]
  /// Variables that it gets beside those of the multiplexer, such as `TERM=xterm`.
  public var environment: [String]
  /// The size of its terminal; without one it gets three pipes.
  public var terminal: TerminalSize?

  public init(
    arguments: [String], environment: [String] = [], terminal: TerminalSize? = nil
  ) {
    self.arguments = arguments
    self.environment = environment
    self.terminal = terminal
  }

  /// Whether it fits into a frame and nothing of it would be lost on the way.
  public var canBeSent: Bool {
    !arguments.isEmpty && encoded.count <= Frame.payloadLimit
      && !(arguments + environment).contains { $0.utf8.contains(0) }
  }

  /// Whether there is a terminal, its size, the number of arguments, then all words, each with a NUL.
  var encoded: [UInt8] {
    var bytes: [UInt8] = [terminal == nil ? 0 : 1]
    bytes += (terminal ?? TerminalSize(columns: 0, rows: 0)).encoded
    bytes += UInt32(clamping: arguments.count).littleEndianBytes
    for word in arguments + environment { bytes += Array(word.utf8) + [0] }
    return bytes
  }

  init(_ bytes: ArraySlice<UInt8>) throws(FrameError) {
    let wrong = FrameError.malformed(kind: 1)
    guard bytes.count >= 9, let size = TerminalSize(bytes.dropFirst().prefix(4)) else {
      throw wrong
    }
    let count = Int(UInt32(littleEndianBytes: bytes.dropFirst(5).prefix(4)))
    let words = bytes.dropFirst(9).split(separator: 0, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    // Behind the last NUL there is nothing.
    guard words.last == "", count > 0, words.count - 1 >= count else { throw wrong }
    self.init(
      arguments: Array(words[..<count]), environment: Array(words[count..<(words.count - 1)]),
      terminal: bytes.first == 0 ? nil : size)
  }
}

extension TerminalSize {
  var encoded: [UInt8] { columns.littleEndianBytes + rows.littleEndianBytes }

  init?(_ bytes: ArraySlice<UInt8>) {
    guard bytes.count == 4 else { return nil }
    self.init(
      columns: UInt16(littleEndianBytes: bytes.prefix(2)),
      rows: UInt16(littleEndianBytes: bytes.suffix(2)))
  }
}

extension ProgramEnding {
  var encoded: [UInt8] {
    switch self {
    case .exited(let status): [0, UInt8(truncatingIfNeeded: status)]
    case .signalled(let signal): [1, UInt8(truncatingIfNeeded: signal)]
    }
  }

  init?(_ bytes: ArraySlice<UInt8>) {
    guard bytes.count == 2, let kind = bytes.first, let value = bytes.last else { return nil }
    switch kind {
    case 0: self = .exited(Int(value))
    case 1: self = .signalled(Int(value))
    default: return nil
    }
  }
}
