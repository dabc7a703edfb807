// SPDX-License-Identifier: Apache-2.0

import XenABI
import XenstoreWire

/// Plays xenstored in a page: answers each request as its script says.
final class FakeXenstored {
  let xen = FakeXen()
  private var reader = XenstoreMessageReader()
  /// What was asked, in order.
  private(set) var requests: [XenstoreMessage] = []
  /// What to send for a request; no message for none.
  var answer: (XenstoreMessage) -> [XenstoreMessage] = { _ in [] }
  /// The most bytes that one turn sends.
  var pace = Int.max
  private var outgoing: [UInt8] = []

  init() {
    xen.peer = { [unowned self] _ in turn() }
  }

  /// One turn: reads what there is, answers, sends what there is room for.
  func turn() -> Bool {
    var bytes = xen.take(
      XenstorePageLayout.requests, produced: XenstorePageLayout.requestsProduced,
      consumed: XenstorePageLayout.requestsConsumed)[...]
    var moved = !bytes.isEmpty
    while !bytes.isEmpty {
      let piece = bytes.prefix(reader.needed)
      bytes = bytes.dropFirst(piece.count)
      guard let message = try? reader.take(piece) else { continue }
      requests.append(message)
      for reply in answer(message) { send(reply) }
    }
    let used =
      xen[index: XenstorePageLayout.responsesProduced]
      &- xen[index: XenstorePageLayout.responsesConsumed]
    let count = max(0, min(outgoing.count, 1024 - Int(used), pace))
    xen.put(
      Array(outgoing.prefix(count)), XenstorePageLayout.responses,
      produced: XenstorePageLayout.responsesProduced)
    outgoing.removeFirst(count)
    moved = moved || count > 0
    return moved
  }

  /// From now on it answers as it should, and takes connections up anew.
  func behave() {
    (answer, pace, xen.meddle) = ({ [$0.reply("fine")] }, .max, { _ in })
    xen.refusesNotifications = false
    xen[index: XenstorePageLayout.connection] = 0
    xen[index: XenstorePageLayout.error] = 0
    xen[index: XenstorePageLayout.serverFeatures] = 3
    xen.peer = { [unowned self] _ in takeUpAnew() || turn() }
  }

  /// Takes the connection up anew, if the guest asks for that.
  func takeUpAnew() -> Bool {
    guard xen[index: XenstorePageLayout.connection] == 1 else { return false }
    for index in [
      XenstorePageLayout.requestsProduced, XenstorePageLayout.requestsConsumed,
      XenstorePageLayout.responsesProduced, XenstorePageLayout.responsesConsumed,
      XenstorePageLayout.error, XenstorePageLayout.connection,
    ] { xen[index: index] = 0 }
    (reader, outgoing) = (XenstoreMessageReader(), [])
    return true
  }

  /// Sends a message at the next turn.
  func send(_ message: XenstoreMessage) { message.append(to: &outgoing) }

  /// Sends bytes at the next turn, be they a message or not.
  func send(raw bytes: [UInt8]) { outgoing += bytes }
}

extension XenstoreMessage {
  /// The reply of this kind to this message.
  func reply(_ payload: String = "OK\0", _ operation: XenstoreOperation? = nil) -> XenstoreMessage {
    XenstoreMessage(
      operation: operation ?? header.operation, requestID: header.requestID,
      payload: Array(payload.utf8))
  }

  /// The error reply to this message.
  func refusal(_ name: String) -> XenstoreMessage { reply(name + "\0", .error) }

  /// A watch event.
  static func event(_ path: String, _ token: String) -> XenstoreMessage {
    XenstoreMessage(
      operation: .watchEvent, requestID: 0, payload: Array("\(path)\0\(token)\0".utf8))
  }

  /// The payload's strings, for scripts.
  var words: [String] {
    XenstoreStrings.split(payload).map { String(decoding: $0, as: UTF8.self) }
  }
}

/// Bytes of a text.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
