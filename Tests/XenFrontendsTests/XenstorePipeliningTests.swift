// SPDX-License-Identifier: Apache-2.0

import HostilePeers
import Testing
import XenABI
import XenFrontends
import XenstoreWire

@Suite struct XenstorePipelining {
  let store = FakeXenstored()
  var client: XenstoreClient<FakeXen>

  init() {
    client = XenstoreClient(page: store.xen.page, port: store.xen.port, calls: store.xen)
  }

  @Test(arguments: [0, 1, 19, 20, 21, 500])
  mutating func manyValuesComeInTheOrderAsked(count: Int) throws {
    store.answer = { message in
      let isThere = message.words[0].last != "7"
      return [isThere ? message.reply(message.words[0]) : message.refusal("ENOENT")]
    }
    let values = try client.values(of: (0..<count).map { bytes("data/\($0)") })
    #expect(values == (0..<count).map { $0 % 10 == 7 ? nil : bytes("data/\($0)") })
    #expect(store.xen.notifications <= 2 + count / 3, "several requests for a notification")
  }

  @Test mutating func oneThatIsRefusedGivesUpTheRest() throws {
    store.answer = { [$0.words[0] == "5" ? $0.refusal("EACCES") : $0.reply("v")] }
    #expect(throws: XenstoreError.refused(.denied)) {
      try client.values(of: (0..<30).map { bytes("\($0)") })
    }
    store.answer = { [$0.reply("fine")] }
    #expect(try client.values(of: [bytes("a"), bytes("b")]) == [bytes("fine"), bytes("fine")])
    #expect(client.canBegin)
    #expect(client.strayReplies == 0)
  }

  @Test mutating func placesThatOthersHoldAreWaitedFor() throws {
    store.answer = { [$0.reply("v")] }
    let held = try (0..<20).map { _ in try client.begin(.read, bytes("x\0")) }
    #expect(throws: XenstoreError.timedOut) { try client.values(of: [bytes("a")]) }
    client.abandon(held[0])
    #expect(try client.values(of: [bytes("a"), bytes("b")]) == [bytes("v"), bytes("v")])
  }

  @Test mutating func beyondTheInboxTheWatchedNodeStandsForThoseBelow() throws {
    store.answer = { [$0.reply()] }
    try client.watch(bytes("data"), token: bytes("t"))
    for number in 0..<1000 { store.send(.event("data/\(number)", "t")) }
    // Takes the storm in.
    for _ in 0..<100 {
      _ = store.turn()
      try client.step()
    }
    var events: [XenstoreWatchEvent] = []
    while let event = client.takeEvent() { events.append(event) }
    #expect(events.count == 129)
    #expect(events.last?.path == bytes("data"))
    #expect(client.droppedEvents == 0)
  }
}
