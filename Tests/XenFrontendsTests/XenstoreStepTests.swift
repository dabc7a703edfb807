// SPDX-License-Identifier: Apache-2.0

import HostilePeers
import Testing
import XenABI
import XenFrontends
import XenstoreWire

/// The client driven by a reactor: nothing here ever sleeps.
@Suite struct XenstoreSteps {
  let store = FakeXenstored()
  var client: XenstoreClient<FakeXen>

  init() {
    client = XenstoreClient(page: store.xen.page, port: store.xen.port, calls: store.xen)
  }

  @Test mutating func aReplyIsTakenOnceItHasCome() throws {
    store.answer = { [$0.reply("value")] }
    let request = try client.begin(.read, bytes("a\0"))
    #expect(store.xen.notifications == 0, "queued, not sent")
    try client.step()
    #expect(store.xen.notifications == 1)
    #expect(try client.takeReply(to: request) == nil)
    _ = store.turn()
    #expect(try client.takeReply(to: request) == nil, "nobody has looked at the page yet")
    try client.step()
    #expect(try client.takeReply(to: request) == bytes("value"))
    #expect(throws: XenstoreError.forgotten) { try client.takeReply(to: request) }
    #expect(store.xen.sleeps == 0)
  }

  @Test mutating func aStepWithNothingToDoTellsNobody() throws {
    for _ in 0..<10 { #expect(try !client.step()) }
    #expect(store.xen.notifications == 0)
  }

  @Test mutating func repliesGoToTheirRequestsInAnyOrder() throws {
    let requests = try (0..<20).map { try client.begin(.read, bytes("node-\($0)\0")) }
    try client.step()
    _ = store.turn()
    for old in store.requests.reversed() { store.send(old.reply(old.words[0])) }
    for _ in 0..<5 {
      _ = store.turn()
      try client.step()
    }
    for (number, request) in requests.enumerated() {
      #expect(try client.takeReply(to: request) == bytes("node-\(number)"))
    }
  }

  @Test mutating func eachWatchHasItsOwnEventsAndTakesThemAlongWhenDropped() throws {
    store.answer = { [$0.reply("OK\0")] }
    for token in ["x", "y"] { try client.watch(bytes("data"), token: bytes(token)) }
    for token in ["x", "y"] {
      for name in ["a", "b"] {
        store.send(
          XenstoreMessage(
            operation: .watchEvent, requestID: 0, transactionID: 0,
            payload: bytes("data/\(name)\0\(token)\0")))
      }
    }
    _ = store.turn()
    try client.step()
    #expect(client.takeEvent(token: bytes("y"))?.path == bytes("data/a"))
    #expect(client.takeEvent(token: bytes("z")) == nil)
    let sleeps = store.xen.sleeps
    client.dropWatch(bytes("data"), token: bytes("x"))
    #expect(client.takeEvent(token: bytes("x")) == nil)
    #expect(client.takeEvent()?.path == bytes("data/b"))
    _ = store.turn()
    try client.step()
    #expect(store.requests.last?.header.operation == .unwatch)
    #expect(store.xen.sleeps == sleeps, "it does not wait for the answer")
    #expect(client.strayReplies == 0)
  }

  @Test mutating func anAbandonedRequestsLateReplyIsDropped() throws {
    let given = try client.begin(.read, bytes("a\0"))
    let kept = try client.begin(.read, bytes("b\0"))
    try client.step()
    client.abandon(given)
    _ = store.turn()
    for request in store.requests { store.send(request.reply(request.words[0])) }
    _ = store.turn()
    try client.step()
    #expect(throws: XenstoreError.forgotten) { try client.takeReply(to: given) }
    #expect(try client.takeReply(to: kept) == bytes("b"))
    #expect(client.strayReplies == 0)
    client.abandon(kept)
    client.abandon(given)
  }

  @Test mutating func abandonedRequestsCountUntilTheyAreAnswered() throws {
    for number in 0..<20 { client.abandon(try client.begin(.read, bytes("\(number)\0"))) }
    #expect(!client.canBegin)
    try client.step()
    _ = store.turn()
    store.send(store.requests[7].reply("late"))
    _ = store.turn()
    try client.step()
    #expect(client.canBegin)
    #expect(client.strayReplies == 0)
  }

  @Test mutating func abandoningAReplyThatHasComeMakesRoom() throws {
    store.answer = { [$0.reply("value")] }
    let requests = try (0..<20).map { _ in try client.begin(.read, bytes("a\0")) }
    for _ in 0..<4 {
      try client.step()
      _ = store.turn()
    }
    try client.step()
    client.abandon(requests[3])
    #expect(client.canBegin)
  }

  @Test mutating func eventsAreTakenWithoutWaiting() throws {
    #expect(client.takeEvent() == nil)
    store.send(.event("data/x", "t"))
    _ = store.turn()
    try client.step()
    #expect(client.takeEvent()?.path == bytes("data/x"))
    #expect(client.takeEvent() == nil)
    #expect(store.xen.sleeps == 0)
  }

  @Test mutating func nothingIsTouchedUntilXenstoredServesThePage() throws {
    let xen = store.xen
    xen[index: XenstorePageLayout.connection] = 1
    client = XenstoreClient(page: xen.page, port: xen.port, calls: xen)
    let request = try client.begin(.read, bytes("a\0"))
    try client.step()
    #expect(client.isConnecting)
    #expect(xen[index: XenstorePageLayout.requestsProduced] == 0)
    // It begins with indices of its own.
    for index in [
      XenstorePageLayout.requestsProduced, XenstorePageLayout.requestsConsumed,
      XenstorePageLayout.responsesProduced, XenstorePageLayout.responsesConsumed,
    ] { xen[index: index] = 0xffff_fffe }
    xen[index: XenstorePageLayout.connection] = 0
    store.answer = { [$0.reply("value")] }
    try client.step()
    #expect(!client.isConnecting)
    _ = store.turn()
    try client.step()
    #expect(try client.takeReply(to: request) == bytes("value"))
  }

  @Test mutating func aFailureReachesAllThatWait() throws {
    store.answer = { [$0.reply("value")] }
    let answered = try client.begin(.read, bytes("a\0"))
    try client.step()
    _ = store.turn()
    try client.step()
    let waiting = try client.begin(.read, bytes("b\0"))
    store.xen[index: XenstorePageLayout.responsesProduced] &+= 5000
    #expect(throws: XenstoreError.self) { try client.step() }
    let failure = try #require(client.failure)
    #expect(try client.takeReply(to: answered) == bytes("value"))
    #expect(throws: failure) { try client.takeReply(to: waiting) }
    #expect(throws: failure) { try client.begin(.read, bytes("c\0")) }
    #expect(throws: failure) { try client.step() }
  }
}
