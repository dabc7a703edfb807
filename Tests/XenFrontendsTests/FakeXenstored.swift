// SPDX-License-Identifier: Apache-2.0

import HostilePeers
import XenABI
import XenstoreWire

/// Plays xenstored in a page: answers each request as its script says.
final class FakeXenstored {
  let xen = FakeXen()
  let script = ScriptedXenstored()

  init() {
    xen.peer = { [unowned self] _ in turn() }
  }

  /// One turn: reads what there is, answers, sends what there is room for.
  func turn() -> Bool {
    let bytes = xen.take(
      XenstorePageLayout.requests, produced: XenstorePageLayout.requestsProduced,
      consumed: XenstorePageLayout.requestsConsumed)
    script.receive(bytes)
    let used =
      xen[index: XenstorePageLayout.responsesProduced]
      &- xen[index: XenstorePageLayout.responsesConsumed]
    let answer = script.take(atMost: max(0, 1024 - Int(used)))
    xen.put(
      answer, XenstorePageLayout.responses, produced: XenstorePageLayout.responsesProduced)
    return !bytes.isEmpty || !answer.isEmpty
  }

  /// From now on it answers as it should, and takes connections up again.
  func behave() {
    script.behave()
    (xen.meddle, xen.refusesNotifications) = ({ _ in }, false)
    xen[index: XenstorePageLayout.connection] = 0
    xen[index: XenstorePageLayout.error] = 0
    xen[index: XenstorePageLayout.serverFeatures] = 3
    xen.peer = { [unowned self] _ in reconnect() || turn() }
  }

  /// Takes the connection up again, if the guest asks for that.
  func reconnect() -> Bool {
    guard xen[index: XenstorePageLayout.connection] == 1 else { return false }
    for index in [
      XenstorePageLayout.requestsProduced, XenstorePageLayout.requestsConsumed,
      XenstorePageLayout.responsesProduced, XenstorePageLayout.responsesConsumed,
      XenstorePageLayout.error, XenstorePageLayout.connection,
    ] { xen[index: index] = 0 }
    script.startOver()
    return true
  }
}

extension FakeXenstored {
  var requests: [XenstoreMessage] { script.requests }
  var answer: (XenstoreMessage) -> [XenstoreMessage] {
    get { script.answer }
    set { script.answer = newValue }
  }
  var pace: Int {
    get { script.pace }
    set { script.pace = newValue }
  }
  func send(_ message: XenstoreMessage) { script.send(message) }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
