// SPDX-License-Identifier: Apache-2.0

public import GuestRuntime
import XenFrontends
public import _Concurrency

extension GuestConsole {
  /// What is typed, a line at a time; one task at a time may read them.
  public var lines: ConsoleLines { ConsoleLines() }
}

/// Console input by lines, without their ends. The sequence ends when the task is cancelled, or the
/// console daemon breaks the protocol.
public struct ConsoleLines: AsyncSequence, Sendable {
  /// A line's bytes, at most 4096: a longer one is cut.
  public typealias Element = [UInt8]

  /// Begins to read lines.
  public func makeAsyncIterator() -> Iterator { Iterator() }

  /// The state of reading lines.
  public struct Iterator: AsyncIteratorProtocol {
    private var lines = LineAssembler()

    /// The next line; nil when the task is cancelled or the console has failed.
    public mutating func next() async -> [UInt8]? {
      while true {
        if let line = lines.takeLine() { return line }
        let input = Input()
        guard await Waiter.wait(for: { input.advance() }) == .ready, !input.bytes.isEmpty else {
          return nil
        }
        lines.append(input.bytes)
      }
    }
  }
}

/// Bytes on their way from the ring to a task.
private final class Input {
  private(set) var bytes: [UInt8] = []

  /// Whether there is something, or never will be.
  func advance() -> Bool {
    guard let taken = GuestConsole.takeInput() else { return true }
    bytes = taken
    return !taken.isEmpty
  }
}
