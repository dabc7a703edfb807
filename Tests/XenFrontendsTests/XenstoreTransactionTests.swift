// SPDX-License-Identifier: Apache-2.0

import HostilePeers
import Testing
import XenFrontends
import XenstoreWire

@Suite struct XenstoreTransactions {
  let store = FakeXenstored()
  var client: XenstoreClient<FakeXen>

  init() {
    client = XenstoreClient(page: store.xen.page, port: store.xen.port, calls: store.xen)
  }

  @Test mutating func isCommittedUnderItsNumber() throws {
    store.answer = { [$0.reply($0.header.operation == .startTransaction ? "77\0" : "OK\0")] }
    let result = try client.transaction { client, transaction throws(XenstoreError) in
      try client.write(bytes("1"), to: bytes("data/a"), in: transaction)
      return 5
    }
    #expect(result == 5)
    #expect(store.requests.map(\.header.transactionID) == [0, 77, 77])
    #expect(store.requests.last?.words == ["T"])
  }

  @Test mutating func isTriedAgainAfterAConflict() throws {
    var tries = 0
    store.answer = { message in
      switch message.header.operation {
      case .startTransaction:
        tries += 1
        return [message.reply("\(tries)\0")]
      case .endTransaction where tries < 3: return [message.refusal("EAGAIN")]
      default: return [message.reply()]
      }
    }
    var runs = 0
    try client.transaction { _, _ throws(XenstoreError) in runs += 1 }
    #expect(runs == 3)
  }

  @Test mutating func isTriedAgainWhenOneOfItsRequestsConflicts() throws {
    var writes = 0
    store.answer = { message in
      switch message.header.operation {
      case .startTransaction: return [message.reply("5\0")]
      case .write:
        writes += 1
        return [writes == 1 ? message.refusal("EAGAIN") : message.reply()]
      default: return [message.reply()]
      }
    }
    try client.transaction { client, transaction throws(XenstoreError) in
      try client.write(bytes("1"), to: bytes("data/a"), in: transaction)
    }
    #expect(writes == 2)
    let ends = store.requests.filter { $0.header.operation == .endTransaction }
    #expect(ends.map(\.words) == [["F"], ["T"]])
  }

  @Test mutating func isGivenUpAfterTooManyConflicts() {
    store.answer = { message in
      message.header.operation == .startTransaction
        ? [message.reply("1\0")] : [message.refusal("EAGAIN")]
    }
    #expect(throws: XenstoreError.conflicts) {
      try client.transaction { _, _ throws(XenstoreError) in }
    }
    #expect(store.requests.count == 2 * XenstoreClient<FakeXen>.transactionLimit)
  }

  @Test mutating func isTakenBackWhenTheBodyFails() {
    store.answer = { [$0.reply($0.header.operation == .startTransaction ? "9\0" : "OK\0")] }
    #expect(throws: XenstoreError.cannotReconnect) {
      try client.transaction { _, _ throws(XenstoreError) in throw .cannotReconnect }
    }
    #expect(store.requests.last?.words == ["F"])
  }

  @Test(arguments: ["", "0\0", "x\0", "99999999999\0", "-1\0"])
  mutating func aNumberThatIsNoneIsAnError(reply: String) {
    store.answer = { [$0.reply(reply)] }
    #expect(throws: XenstoreError.malformedReply(.startTransaction)) {
      try client.transaction { _, _ throws(XenstoreError) in }
    }
  }
}
