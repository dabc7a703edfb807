// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XenstoreWire

@testable import XenToolstack

/// A domain is entered into xenstore as a whole, or not at all.
@Suite struct DomainRegistrations {
  private func attempt(
    _ store: XenstoreConnection, calls: CreationCalls = CreationCalls(), domains: Set<Int> = [0, 5]
  ) throws -> Bool {
    let registration = DomainRegistration(
      store: store, calls: calls, id: DomainID(rawValue: 5), label: "5", name: "web",
      consolePort: "2", consoleFrame: 0xfefff)
    return try registration.attempt { () throws(ToolstackError) in domains }
  }

  @Test func everythingIsWrittenInOneGoAndThenCommitted() throws {
    let seen = try FakeXenstored.playing { peer in
      // No answer comes before the last request of each go is here.
      for (count, payload) in [(1, "7\0"), (1, ""), (11, "OK\0"), (1, "OK\0")] {
        peer.answer(peer.next(count), payload)
      }
    } against: { store throws in
      let calls = CreationCalls()
      #expect(try attempt(store, calls: calls))
      return calls
    }
    #expect(seen.count(.xenstore) == 14)
  }

  @Test func theNodesAreThoseOfTheDomain() throws {
    let record = XenstoreRecord()
    try FakeXenstored.playing { peer in
      record.serve(peer)
    } against: { store throws in
      #expect(try attempt(store))
    }
    let messages = record.messages
    #expect(messages.dropFirst().allSatisfy { $0.header.transactionID == 7 })
    #expect(Set(messages.map(\.header.requestID)).count == messages.count)
    let rights = messages.filter { $0.header.operation == .setPermissions }.map(\.strings)
    #expect(rights == [["/local/domain/5", "n5"], ["/local/domain/5", "n0", "r5"]])
    let writes = messages.filter { $0.header.operation == .write }.map(\.strings)
    #expect(writes.contains(["/local/domain/5/name", "web"]))
    #expect(writes.contains(["/local/domain/5/console/port", "2"]))
    #expect(writes.first == ["/tool/pvhkit/domains/5@web"])
    #expect(record.ends == ["T"])
  }

  @Test(arguments: ["/console/limit", "/control/shutdown", "/type"])
  func aWriteThatIsRefusedGivesAllUp(node: String) throws {
    let record = XenstoreRecord()
    try FakeXenstored.playing { peer in
      record.serve(peer, refusing: (.write, node, "ENOSPC"))
    } against: { store throws in
      let error = #expect(throws: ToolstackError.self) { try attempt(store) }
      #expect(error?.message.contains(node) == true)
      // The other end has answered the rest, too: the connection goes on.
      #expect(try store.read("/nothing") == nil)
    }
    #expect(record.ends == ["F"])
  }

  @Test func othersThatComeInBetweenMakeItBeDoneAgain() throws {
    let record = XenstoreRecord()
    try FakeXenstored.playing { peer in
      record.serve(peer, refusing: (.endTransaction, "T", "EAGAIN"))
    } against: { store throws in
      #expect(try !attempt(store))
      #expect(store.ending == nil)
    }
    #expect(record.ends == ["T"])
  }

  @Test func anEndThatFailsByItselfIsAnError() throws {
    let record = XenstoreRecord()
    try FakeXenstored.playing { peer in
      record.serve(peer, refusing: (.endTransaction, "T", "ENOSPC"))
    } against: { store throws in
      #expect(throws: ToolstackError.self) { try attempt(store) }
    }
    #expect(record.ends == ["T", "F"])
  }

  @Test func eachCallCanBeMadeToFail() throws {
    for failing in 0..<14 {
      let record = XenstoreRecord()
      try FakeXenstored.playing { peer in
        record.serve(peer)
      } against: { store throws in
        let calls = CreationCalls(observer: OneFailure(index: failing))
        let error = #expect(throws: ToolstackError.self) { try attempt(store, calls: calls) }
        #expect(error?.kind == .outOfMemory)
        #expect(error?.message.contains(calls.made[failing].text) == true, "\(failing)")
      }
      // Without the one that failed; what went out together with it was sent.
      #expect(record.ends == (failing == 0 ? [] : ["F"]))
      #expect(record.messages.count == [0: 0, 1: 2, 13: 14][failing, default: 13], "\(failing)")
    }
  }

  @Test(arguments: [nil, 0, 1, 7, 13])
  func aPlanSendsNothing(failing: Int?) throws {
    let record = XenstoreRecord()
    let calls = CreationCalls(.planning, observer: failing.map { OneFailure(index: $0) })
    try FakeXenstored.playing { peer in
      record.serve(peer)
    } against: { store throws in
      guard failing == nil else {
        return #expect(throws: ToolstackError.self) { try attempt(store, calls: calls) }
      }
      #expect(try attempt(store, calls: calls, domains: []))
      #expect(calls.count(.xenstore) == 14)
      #expect(calls.made.last?.text == "end the transaction")
      return nil
    }
    #expect(record.messages.isEmpty)
  }

  @Test func aNameIsRefusedWhoeverGaveIt() throws {
    let home = "/local/domain"
    for (index, names) in [
      ("3@web\0", ["\(home)/3/name": "web"]), ("", ["\(home)/3/name": "web"]),
    ] {
      let record = XenstoreRecord()
      try FakeXenstored.playing { peer in
        record.serve(peer, index: index, names: names)
      } against: { store throws in
        let error = #expect(throws: ToolstackError.self) {
          try attempt(store, domains: [0, 3, 4, 5])
        }
        #expect(error?.kind == .nameTaken)
        #expect(error?.message.contains("domain 3") == true)
      }
      #expect(record.ends == ["F"])
      #expect(!record.messages.contains { $0.header.operation == .write })
    }
  }

  @Test func theIndexIsBroughtUpToDate() throws {
    let record = XenstoreRecord()
    let index = "3@old\0" + "4@web\0" + "9@web\0" + "0@x\0"
    let names = ["/local/domain/4/name": "renamed", "/local/domain/6/name": "xl"]
    try FakeXenstored.playing { peer in
      record.serve(peer, index: index, names: names)
    } against: { store throws in
      #expect(try attempt(store, domains: [0, 3, 4, 5, 6]))
    }
    let folder = "/tool/pvhkit/domains"
    let changes = record.messages.filter { $0.strings.first?.hasPrefix(folder) == true }.dropFirst()
    #expect(changes.map(\.header.operation) == [.remove, .write, .write])
    #expect(changes.map(\.strings[0]) == ["9@web", "6@xl", "5@web"].map { "\(folder)/\($0)" })
    let reads = record.messages.filter { $0.header.operation == .read }.map(\.strings)
    #expect(reads == [["/local/domain/6/name"], ["/local/domain/4/name"]])
    #expect(record.ends == ["T"])
  }
}

/// Makes the call with an index fail, as if memory had run out.
private struct OneFailure: CreationObserver {
  let index: Int

  func willMake(_ call: CreationCall, index: Int, sendingEarlier send: () -> Void) -> Int32? {
    index == self.index ? ENOMEM : nil
  }
}
