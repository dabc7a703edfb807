// SPDX-License-Identifier: Apache-2.0

import HostilePeers
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
    store.xen.peer = { [unowned store] _ in store.reconnect() || store.turn() }
    try client.reconnect()
    #expect(client.failure == nil)
    #expect(store.requests.last?.words == ["control/shutdown", "s"])
  }
}

/// Every script against every call: all of them end, nothing traps, the client says so.
@Suite struct HostileXenstoreScripts {
  @Test(arguments: HostileCase.ofXenstoredAndItsPage)
  func everyCallEndsAndTheApplicationSeesTheState(hostile: HostileCase<FakeXenstored>) {
    let store = FakeXenstored()
    let xen = store.xen
    var client = XenstoreClient(page: xen.page, port: xen.port, calls: xen)
    let begin = xen.now().rawValue
    hostile.script(store)
    workOut(&client)
    let seconds = (xen.now().rawValue - begin) / 1_000_000_000
    #expect(seconds <= 300, "the waits of so many calls are bounded")
    #expect(xen.sleeps < 300_000)

    // Now xenstored behaves.
    let failure = client.failure
    store.behave()
    switch hostile.end {
    case .recovers:
      #expect(failure == nil)
      var value: [UInt8]?
      // What has not been answered in time is answered first.
      for _ in 0..<20 where value == nil { value = try? client.read(bytes("a")) }
      // What was lost holds its place until the client has reconnected.
      if value == nil, (try? client.reconnect()) != nil { value = try? client.read(bytes("a")) }
      #expect(value == bytes("fine"))
    case .fails, .timesOut:
      guard let failure else {
        Issue.record("the client has not failed")
        return
      }
      #expect(throws: failure) { try client.read(bytes("a")) }
      #expect(throws: failure) { try client.nextEvent(atMost: 10) }
      #expect(client.failure == failure)
      #expect((try? client.reconnect()) != nil)
      #expect((try? client.read(bytes("a"))) == bytes("fine"))
    case .ends: break
    }
  }

  /// Uses all that a client has; what goes wrong is in its state.
  private func workOut(_ client: inout XenstoreClient<FakeXen>) {
    try? client.reset()
    try? client.watch(bytes("data"), token: bytes("data"))
    _ = try? client.read(bytes("domid"))
    try? client.write([UInt8](repeating: 1, count: 3000), to: bytes("data/x"))
    try? client.make(bytes("data/y"))
    _ = try? client.list(bytes("data"))
    _ = try? client.permissions(of: bytes("data"))
    try? client.transaction { client, transaction throws(XenstoreError) in
      try client.write([1], to: bytes("data/z"), in: transaction)
    }
    _ = try? client.values(of: (0..<25).map { bytes("data/\($0)") })
    for _ in 0..<20 { _ = try? client.nextEvent(atMost: 10) }
    if let request = try? client.begin(.read, bytes("a\0")) {
      _ = try? client.step()
      _ = try? client.takeReply(to: request)
      client.abandon(request)
    }
    while client.takeEvent() != nil {}
    try? client.unwatch(bytes("data"), token: bytes("data"))
    try? client.remove(bytes("data/x"))
  }
}
