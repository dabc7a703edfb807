// SPDX-License-Identifier: Apache-2.0

/// A line that a client sends: `set KEY VALUE`, `get KEY`, `remove KEY`, `count`.
public enum Command: Equatable, Sendable {
  case change(JournalLog.Change)
  case get([UInt8])
  case count

  /// The command of a line without its end; nil if it is none. A value may have spaces.
  public init?(_ line: [UInt8]) {
    let words = line.split(separator: 32, maxSplits: 2).map { Array($0) }
    switch (words.first.map { String(decoding: $0, as: UTF8.self) }, words.count) {
    case ("set", 3): self = .change(.set(words[1], to: words[2]))
    case ("remove", 2): self = .change(.remove(words[1]))
    case ("get", 2): self = .get(words[1])
    case ("count", 1): self = .count
    default: return nil
    }
  }

  /// What to answer to a line that is no command.
  public static let help = "error: set KEY VALUE, get KEY, remove KEY or count"
}
