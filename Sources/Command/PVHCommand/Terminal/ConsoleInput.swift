// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage

/// Standard input on its way to the guest's console.
struct ConsoleInput {
  /// More than somebody types, or pastes, before the guest reads any of it.
  private static let backlogLimit = 1 << 20

  private var hasEnded = false
  /// What is the guest's, and waits for room.
  private(set) var backlog: [UInt8] = []

  /// The descriptor to wait for, as long as more may come.
  ///
  /// Where keys of the user's are among those of the guest (`hasKeys`), they are looked for even if the
  /// guest takes none of its own.
  func watched(hasKeys: Bool) -> [FileDescriptor] {
    hasEnded || backlog.count >= (hasKeys ? Self.backlogLimit : 1) ? [] : [.standardInput]
  }

  /// Reads what is there.
  mutating func read() -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = buffer.withUnsafeMutableBytes { try? FileDescriptor.standardInput.read(into: $0) }
    guard let count, count > 0 else {
      hasEnded = true
      return []
    }
    return Array(buffer[..<count])
  }

  /// Keeps bytes until there is room for them.
  mutating func keep(_ bytes: [UInt8]) { backlog += bytes }

  /// Takes as many of the bytes that were kept as there is room for.
  mutating func take(room: Int) -> [UInt8] {
    guard !backlog.isEmpty, room > 0 else { return [] }
    let bytes = Array(backlog.prefix(room))
    backlog.removeFirst(bytes.count)
    return bytes
  }
}

/// The terminal of standard input, with each key passed on as it is.
enum RawTerminal {
  /// Does something while the terminal is raw, and puts it back, whatever comes.
  static func with<Result>(_ body: () throws(Problem) -> Result) throws(Problem) -> Result {
    guard let before = TerminalModes(of: .standardInput) else { return try body() }
    before.raw.apply(to: .standardInput)
    defer { before.apply(to: .standardInput) }
    return try body()
  }
}
