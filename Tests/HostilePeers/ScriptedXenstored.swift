// SPDX-License-Identifier: Apache-2.0

package import XenstoreWire

/// A xenstored without I/O: answers each request as its script says.
package final class ScriptedXenstored {
  private var reader = XenstoreMessageReader()
  private var outgoing: [UInt8] = []
  /// What was asked, in order.
  package private(set) var requests: [XenstoreMessage] = []
  /// What to send for a request; no message for none.
  package var answer: (XenstoreMessage) -> [XenstoreMessage] = { _ in [] }
  /// The most bytes that are sent at a time.
  package var pace = Int.max

  package init() {}

  /// Takes what the client has sent, and answers it.
  package func receive(_ bytes: [UInt8]) {
    var bytes = bytes[...]
    while !bytes.isEmpty {
      let piece = bytes.prefix(reader.needed)
      bytes = bytes.dropFirst(piece.count)
      guard let message = try? reader.take(piece) else { continue }
      requests.append(message)
      for reply in answer(message) { send(reply) }
    }
  }

  /// What goes to the client now, if it has so much room.
  package func take(atMost room: Int = .max) -> [UInt8] {
    let bytes = Array(outgoing.prefix(min(room, pace)))
    outgoing.removeFirst(bytes.count)
    return bytes
  }

  /// Sends a message at the next turn.
  package func send(_ message: XenstoreMessage) { message.append(to: &outgoing) }

  /// Sends bytes at the next turn, be they a message or not.
  package func send(raw bytes: [UInt8]) { outgoing += bytes }

  /// From now on it answers as it should.
  package func behave() { (answer, pace) = ({ [$0.reply("fine")] }, .max) }

  /// Forgets what is on its way, for a connection that is made again.
  package func startOver() { (reader, outgoing) = (XenstoreMessageReader(), []) }
}

extension XenstoreMessage {
  /// The reply of this kind to this message.
  package func reply(
    _ payload: String = "OK\0", _ operation: XenstoreOperation? = nil
  ) -> XenstoreMessage {
    XenstoreMessage(
      operation: operation ?? header.operation, requestID: header.requestID,
      payload: Array(payload.utf8))
  }

  /// The error reply to this message.
  package func refusal(_ name: String) -> XenstoreMessage { reply(name + "\0", .error) }

  package static func event(_ path: String, _ token: String) -> XenstoreMessage {
    XenstoreMessage(
      operation: .watchEvent, requestID: 0, payload: Array("\(path)\0\(token)\0".utf8))
  }

  /// The payload's strings, for scripts.
  package var words: [String] {
    XenstoreStrings.split(payload).map { String(decoding: $0, as: UTF8.self) }
  }

  package var encoded: [UInt8] {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return bytes
  }
}
