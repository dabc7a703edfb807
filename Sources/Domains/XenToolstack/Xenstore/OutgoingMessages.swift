// SPDX-License-Identifier: Apache-2.0
import XenstoreWire

/// Messages on their way to xenstored.
struct OutgoingMessages {
  /// Whether each message has to be sent by itself.
  private let isSingly: Bool
  /// What is sent in one call each: everything, or one message.
  private var portions: ArraySlice<[UInt8]> = []
  /// Bytes of the first portion that are sent.
  private var sent = 0

  init(isSingly: Bool) {
    self.isSingly = isSingly
  }

  var isEmpty: Bool { portions.isEmpty }

  mutating func append(_ message: XenstoreMessage) {
    if isSingly || portions.isEmpty { portions.append([]) }
    message.append(to: &portions[portions.endIndex - 1])
  }

  /// Sends as much as can be sent now; a value of errno if that failed.
  mutating func send(through channel: XenstoreChannel) -> Int32? {
    while let portion = portions.first {
      switch channel.send(portion[sent...]) {
      case .notNow: return nil
      case .over(let code): return code
      case .bytes(let count): sent += count
      }
      if sent == portion.count {
        portions.removeFirst()
        sent = 0
      }
    }
    return nil
  }
}
