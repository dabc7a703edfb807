// SPDX-License-Identifier: Apache-2.0

import Foundation
import HostSystem
import SystemPackage
import Testing
import XenstoreWire

@testable import XenToolstack

/// Whoever sleeps in poll(2) misses no event, wherever it came between the replies.
@Suite struct XenstoreEvents {
  private func isReadable(_ store: XenstoreConnection, within milliseconds: Int32 = 0) -> Bool {
    var entry = pollfd(fd: store.descriptor?.rawValue ?? -1, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, milliseconds) == 1
  }

  @Test func theFirstEventMayComeBeforeTheAnswer() throws {
    try FakeXenstored.playing { peer in
      for request in peer.next(1) {
        peer.send(FakeXenstored.event("/a") + FakeXenstored.reply(to: request, "OK\0"))
      }
      _ = peer.next()
    } against: { store throws in
      #expect(store.descriptor == nil)
      try store.watch("/a")
      #expect(isReadable(store))
      #expect(store.takeEvents())
      #expect(store.eventCount == 1)
      #expect(!isReadable(store))
      #expect(!store.takeEvents())
    }
  }

  @Test func oneThatWasReadBesideAReplyStillWakes() throws {
    try FakeXenstored.playing { peer in
      peer.answer(peer.next(1))
      let requests = peer.next(2)
      // Before, between and behind the replies, in one go.
      let event = FakeXenstored.event("/a")
      peer.send(
        event + FakeXenstored.reply(to: requests[0], "0") + event
          + FakeXenstored.reply(to: requests[1], "1") + event)
      _ = peer.next()
    } against: { store throws in
      try store.watch("/a")
      #expect(!store.takeEvents())
      #expect(try store.ask([.read("/a"), .read("/b")]) == [[48], [49]])
      #expect(isReadable(store))
      #expect(isReadable(store), "as long as nobody takes them")
      #expect(store.takeEvents())
      #expect(store.eventCount == 3)
      #expect(!isReadable(store))
    }
  }

  @Test func oneInPiecesIsOneEvent() throws {
    try FakeXenstored.playing { peer in
      peer.answer(peer.next(1))
      for byte in FakeXenstored.event("/a") + FakeXenstored.event("/a") { peer.send([byte]) }
      for request in peer.next(1) { peer.answer([request]) }
    } against: { store throws in
      try store.watch("/a")
      var taken = 0
      repeat {
        #expect(isReadable(store, within: 10_000))
        if store.takeEvents() { taken += 1 }
      } while store.eventCount < 2
      #expect((1...2).contains(taken))
      #expect(!isReadable(store))
      store.unwatch("/a")
      #expect(!store.takeEvents())
      #expect(store.eventCount == 2)
    }
  }

  @Test func aConsoleIsFoundThoughItsEventComesBesideARead() throws {
    let node = "/local/domain/3/console/tty"
    let error = try FakeXenstored.playing { peer in
      for request in peer.next(1) { peer.refuse(request, "ENOENT") }
      let requests = peer.next(2)
      peer.send(FakeXenstored.event(node))
      peer.answer(Array(requests.prefix(1)))
      peer.refuse(requests[1], "ENOENT")
      // The node appears after it was read, and nothing else ever happens.
      let last = peer.next(1)
      peer.send(FakeXenstored.refusal(of: last[0], "ENOENT") + FakeXenstored.event(node))
      peer.answer(peer.next(1), "/nowhere/tty")
      peer.answer(peer.next(1))
    } against: { store throws in
      let start = MonotonicTime.now
      let error = #expect(throws: ToolstackError.self) {
        try ConsoleTerminal.attach(
          to: Domain(id: DomainID(rawValue: 3), uuid: .random()), store: store)
      }
      #expect(MonotonicTime.now.microseconds(since: start) < ConsoleTerminal.patience * 900)
      return error
    }
    #expect(error?.message.contains("opening /nowhere/tty") == true)
  }
}
