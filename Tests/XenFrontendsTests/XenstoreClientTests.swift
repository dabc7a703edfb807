// SPDX-License-Identifier: Apache-2.0

import HostilePeers
import Testing
import XenABI
import XenFrontends
import XenRings
import XenstoreWire

@Suite struct XenstoreClients {
  let store = FakeXenstored()
  var client: XenstoreClient<FakeXen>

  init() {
    client = XenstoreClient(page: store.xen.page, port: store.xen.port, calls: store.xen)
  }

  @Test mutating func readsAndWritesAsTheProtocolSays() throws {
    store.answer = { [$0.reply($0.header.operation == .read ? "value" : "OK\0")] }
    #expect(try client.read(bytes("domid")) == bytes("value"))
    try client.write(bytes("1\0\u{ff}"), to: bytes("data/x"))
    #expect(store.requests.map(\.header.operation) == [.read, .write])
    #expect(store.requests[0].payload == bytes("domid\0"))
    #expect(store.requests[1].payload == bytes("data/x\0" + "1\0\u{ff}"))
  }

  @Test mutating func makesRemovesAndSetsPermissions() throws {
    store.answer = { [$0.reply($0.header.operation == .permissions ? "n5\0r0\0" : "OK\0")] }
    try client.make(bytes("data/a"))
    let permissions = [
      XenstorePermission(.none, domain: 5), XenstorePermission(.read, domain: 0),
    ]
    try client.setPermissions(permissions.map(\.encoded), of: bytes("data/a"))
    let found = try client.permissions(of: bytes("data/a"))
    #expect(found.map(XenstorePermission.init(decoding:)) == permissions)
    try client.remove(bytes("data/a"))
    #expect(
      store.requests.map(\.header.operation) == [.make, .setPermissions, .permissions, .remove])
    #expect(store.requests[1].words == ["data/a", "n5", "r0"])
  }

  @Test mutating func keepsErrorNamesKnownOrNot() {
    store.answer = { [$0.refusal($0.words[0])] }
    #expect(throws: XenstoreError.refused(.notFound)) { try client.read(bytes("ENOENT")) }
    #expect(throws: XenstoreError.refused(.denied)) { try client.read(bytes("EACCES")) }
    let unknown = XenstoreErrorName(payload: bytes("EWHATEVER"))
    #expect(throws: XenstoreError.refused(unknown)) { try client.read(bytes("EWHATEVER")) }
    #expect(client.failure == nil)
  }

  @Test mutating func listsInPartsWhenTheReplyIsTooBig() throws {
    let children = (0..<900).map { "child-\($0)" }
    let all = children.map { $0 + "\0" }.joined() + "\0"
    var generation = 1
    store.answer = { message in
      guard message.header.operation == .listPart else { return [message.refusal("E2BIG")] }
      let offset = Int(message.words[1]) ?? 0
      // Somebody adds a child in the middle of the first pass.
      if offset > 3000 { generation = 2 }
      return [message.reply("\(generation)\0" + all.dropFirst(offset).prefix(1000))]
    }
    #expect(try client.list(bytes("data")) == children.map(bytes))
    store.answer = { [$0.reply("a\0b\0")] }
    #expect(try client.list(bytes("data")) == [bytes("a"), bytes("b")])
    store.answer = { [$0.reply("")] }
    #expect(try client.list(bytes("data")).isEmpty)
  }

  @Test mutating func severalRequestsMayBeAnsweredInAnyOrder() throws {
    var held: [XenstoreMessage] = []
    store.answer = { [store] message in
      held.append(message)
      if held.count == 15 { for old in held.reversed() { store.send(old.reply(old.words[0])) } }
      return []
    }
    let requests = try (0..<15).map { number in
      try client.begin(.read, bytes("node-\(number)\0"))
    }
    for (number, request) in requests.enumerated() {
      #expect(try client.finish(request) == bytes("node-\(number)"))
    }
  }

  @Test mutating func noMoreThanTheLimitAreUnderWay() throws {
    store.answer = { [$0.reply()] }
    let limit = XenstoreClient<FakeXen>.requestLimit
    let requests = try (0..<limit).map { _ in try client.begin(.read, bytes("x\0")) }
    #expect(!client.canBegin)
    #expect(throws: XenstoreError.tooManyRequests) { try client.begin(.read, bytes("x\0")) }
    // Nobody fetches the replies, so there is no place for one more.
    #expect(throws: XenstoreError.timedOut) { try client.read(bytes("x")) }
    #expect(store.requests.count == limit)
    // One fetched makes room for one.
    _ = try client.finish(requests[0])
    #expect(client.canBegin)
    _ = try client.finish(try client.begin(.read, bytes("x\0")))
    #expect(store.requests.count == limit + 1)
  }

  @Test mutating func somebodyElseCanUseThePageOnceTheClientHasSettled() throws {
    let value = String(repeating: "v", count: 3000)
    store.answer = { [$0.reply($0.header.operation == .read ? value : "OK\0")] }
    store.pace = 700
    for number in 0..<5 { _ = try client.begin(.read, bytes("node-\(number)\0")) }
    let long = bytes("data/long\0" + value)
    client.abandon(try client.begin(.write, long))
    try client.step()
    client.settle()
    #expect(store.requests.count == 6)
    var single = SingleXenstoreWrite(page: store.xen.page, port: store.xen.port, calls: store.xen)
    try withUnsafeBytes(of: UInt8(ascii: "7")) { value in
      try single.begin(value, to: "data/exit-status")
    }
    try single.finish()
    #expect(store.requests.last?.payload == bytes("data/exit-status\u{0}7"))
  }

  @Test mutating func settlingEndsThoughNobodyAnswers() throws {
    _ = try client.begin(.read, bytes("a\0"))
    let start = store.xen.now().rawValue
    client.settle()
    #expect(store.xen.now().rawValue - start <= 5_000_000_000)
    client.settle()
  }

  @Test mutating func messagesLongerThanTheRingAreStreamedBothWays() throws {
    let long = String(repeating: "v", count: 4000)
    store.answer = { [$0.reply($0.header.operation == .read ? long : "OK\0")] }
    store.pace = 100
    try client.write(bytes(long), to: bytes("data/long"))
    #expect(store.requests[0].payload == bytes("data/long\0" + long))
    #expect(try client.read(bytes("data/long")) == bytes(long))
    #expect(throws: XenstoreError.tooLong(4097)) {
      try client.write(bytes(String(repeating: "v", count: 4095)), to: bytes("x"))
    }
  }
}
