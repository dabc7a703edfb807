// SPDX-License-Identifier: Apache-2.0

import Testing
import XenABI
import XenFrontends
import XenRings
import XenstoreWire

/// A xenstored that is unlucky or wicked: every call ends, nothing traps, the client says so.
@Suite struct HostileXenstored {
  let store = FakeXenstored()
  var client: XenstoreClient<FakeXen>

  init() {
    client = XenstoreClient(page: store.xen.page, port: store.xen.port, calls: store.xen)
  }

  @Test mutating func silenceTimesOutAndALateReplyIsDropped() throws {
    #expect(throws: XenstoreError.timedOut) { try client.read(bytes("a")) }
    let late = try #require(store.requests.first)
    store.send(late.reply("late"))
    store.answer = { [$0.reply("fresh")] }
    #expect(try client.read(bytes("b")) == bytes("fresh"))
    #expect(client.strayReplies == 0)
  }

  @Test mutating func unknownAndRepeatedRepliesAreCountedAndDropped() throws {
    store.answer = { message in
      [
        XenstoreMessage(operation: .read, requestID: 4711, payload: bytes("unknown")),
        message.reply("mine"), message.reply("again"),
        XenstoreMessage(operation: .read, requestID: 0, payload: bytes("zero")),
      ]
    }
    #expect(try client.read(bytes("a")) == bytes("mine"))
    #expect(try client.read(bytes("b")) == bytes("mine"))
    #expect(client.strayReplies >= 3)
  }

  @Test mutating func aReplyOfAnotherKindIsAnError() throws {
    store.answer = { [$0.reply("OK\0", .write)] }
    #expect(throws: XenstoreError.malformedReply(.read)) { try client.read(bytes("a")) }
    store.answer = { [$0.reply("fine")] }
    #expect(try client.read(bytes("a")) == bytes("fine"))
  }

  @Test(arguments: [1, 3, 15, 17])
  mutating func aReplyMayComeInAnyPieces(pace: Int) throws {
    store.pace = pace
    store.answer = { [.event("control/shutdown", "t"), $0.reply("value")] }
    #expect(try client.read(bytes("a")) == bytes("value"))
  }

  @Test(arguments: [UInt32(4097), 0x8000_0000, .max])
  mutating func anOversizeReplyFailsForGood(size: UInt32) {
    let header = XenstoreHeader(operation: .read, requestID: 1, payloadSize: size)
    store.xen.put(
      (0..<16).map { header.encoded[$0] }, XenstorePageLayout.responses,
      produced: XenstorePageLayout.responsesProduced)
    #expect(throws: XenstoreError.wire(.oversizePayload(size))) { try client.read(bytes("a")) }
    #expect(client.failure == .wire(.oversizePayload(size)))
    #expect(throws: XenstoreError.wire(.oversizePayload(size))) { try client.read(bytes("b")) }
  }

  @Test(arguments: [XenstorePageLayout.responsesProduced, XenstorePageLayout.requestsConsumed])
  mutating func impossibleIndicesFailForGood(index: Int) {
    store.xen[index: index] &+= 5000
    #expect(throws: XenstoreError.self) { try client.read(bytes("a")) }
    #expect(client.failure != nil)
    #expect(throws: XenstoreError.self) { try client.nextEvent(atMost: 10) }
  }

  @Test mutating func theErrorWordIsShownWhereXenstoredHasOne() throws {
    store.answer = { [$0.reply("value")] }
    store.xen[index: XenstorePageLayout.error] = 2
    #expect(try client.read(bytes("a")) == bytes("value"))
    store.xen[index: XenstorePageLayout.serverFeatures] = 2
    #expect(throws: XenstoreError.serverStopped(2)) { try client.read(bytes("a")) }
  }

  @Test(arguments: ["", "\0", "a", "a\0", "a\0\0\0\0", "\0\0"])
  mutating func oddListsAndEventsDoNotTrap(payload: String) throws {
    store.answer = { message in
      [
        XenstoreMessage(operation: .watchEvent, requestID: 0, payload: bytes(payload)),
        message.reply(payload),
      ]
    }
    let names = try client.list(bytes("a"))
    #expect(names.count <= payload.utf8.count)
    _ = try client.nextEvent(atMost: 1)
    store.answer = { [$0.reply("fine")] }
    #expect(try client.read(bytes("b")) == bytes("fine"))
  }

  @Test(arguments: ["", "1", "1\0", "1\0a", "\0\0"])
  mutating func oddListPartsEnd(part: String) throws {
    store.answer = { message in
      [message.header.operation == .list ? message.refusal("E2BIG") : message.reply(part)]
    }
    _ = try? client.list(bytes("a"))
    #expect(store.requests.count <= 1025)
    store.answer = { [$0.reply("fine")] }
    #expect(try client.read(bytes("b")) == bytes("fine"))
  }

  @Test mutating func aStormOfEventsIsKeptSmallAndCounted() throws {
    for number in 0..<10_000 { store.send(.event("data/\(number % 1000)", "t")) }
    store.answer = { [$0.reply("still here")] }
    // The reply is behind the storm: each wait takes some of it in.
    var value: [UInt8]?
    for _ in 0..<100 where value == nil { value = try? client.read(bytes("a")) }
    #expect(value == bytes("still here"))
    #expect(client.droppedEvents > 0)
    var events = 0
    while try client.nextEvent(atMost: 0) != nil { events += 1 }
    #expect(events <= 128)
  }

  @Test mutating func theSameEventIsKeptOnce() throws {
    for _ in 0..<50 { store.send(.event("data/x", "t")) }
    let first = try client.nextEvent(atMost: 10)
    #expect(first?.path == bytes("data/x"))
    #expect(first?.token == bytes("t"))
    #expect(try client.nextEvent(atMost: 0) == nil)
  }

  @Test mutating func reconnectsAndRegistersItsWatchesAgain() throws {
    store.answer = { [$0.reply()] }
    try client.watch(bytes("control/shutdown"), token: bytes("s"))
    store.xen[index: XenstorePageLayout.serverFeatures] = 2
    store.xen[index: XenstorePageLayout.error] = 3
    #expect(throws: XenstoreError.serverStopped(3)) { try client.read(bytes("a")) }
    #expect(throws: XenstoreError.cannotReconnect) { try client.reconnect() }
    store.xen[index: XenstorePageLayout.serverFeatures] = 3
    store.xen.peer = { [unowned store] _ in store.takeUpAnew() || store.turn() }
    try client.reconnect()
    #expect(client.failure == nil)
    #expect(store.requests.last?.words == ["control/shutdown", "s"])
  }
}
