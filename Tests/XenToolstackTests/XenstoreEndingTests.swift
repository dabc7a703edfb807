// SPDX-License-Identifier: Apache-2.0

import Foundation
import HostSystem
import SystemPackage
import Testing
import XenstoreWire

@testable import XenToolstack

/// What ends a connection to xenstored, and what comes after that.
@Suite struct XenstoreEndings {
  @Test func aDeathInTheMiddleIsSeenAtOnce() throws {
    try FakeXenstored.playing { peer in
      let requests = peer.next(3)
      peer.answer(Array(requests.prefix(1)))
      // Half of the second reply.
      peer.send(Array(FakeXenstored.reply(to: requests[1], "half").prefix(18)))
    } against: { store throws in
      let answers = store.answers(to: [.remove("/a"), .remove("/b"), .remove("/c")])
      let ended = XenstoreConnection.Answer.failure(.ended(ECONNRESET))
      #expect(answers == [.success(Array("OK\0".utf8)), ended, ended])
      expectNoMore(store)
    }
  }

  @Test func sendingToOneThatIsGoneKillsNobody() throws {
    try FakeXenstored.playing({ _ in }) { store throws in
      // Until the other end is closed for certain.
      var entry = pollfd(fd: try #require(store.channel).descriptor.rawValue, events: 0, revents: 0)
      #expect(poll(&entry, 1, 10_000) == 1)
      #expect(store.answers(to: [.remove("/a")]) == [.failure(.ended(EPIPE))])
      expectNoMore(store)
    }
  }

  @Test func anEndIsSeenByWhoeverWaitsForEvents() throws {
    try FakeXenstored.playing { peer in
      peer.answer(peer.next(1))
    } against: { store throws in
      try store.watch("/a")
      var entry = pollfd(fd: store.descriptor?.rawValue ?? -1, events: Int16(POLLIN), revents: 0)
      #expect(poll(&entry, 1, 10_000) == 1)
      #expect(!store.takeEvents())
      #expect(store.descriptor == nil)
      expectNoMore(store)
    }
  }

  @Test func aStoppedOneIsWaitedForOnlySoLong() throws {
    try FakeXenstored.playing({ peer in while peer.next() != nil {} }, patience: 100) {
      store throws in
      let start = MonotonicTime.now
      let error = #expect(throws: ToolstackError.self) { try store.write("/a", "") }
      #expect(error?.kind == .xenUnavailable)
      #expect(error?.message.contains("does not answer within 100 ms") == true)
      #expect(MonotonicTime.now.microseconds(since: start) >= 100_000)
      // The other end sees that it is closed, and forgets the transaction: the script ends.
      expectNoMore(store)
    }
  }

  @Test func nonsenseEndsIt() throws {
    let nonsense: [@Sendable (XenstoreMessage) -> [UInt8]] = [
      { FakeXenstored.message(.remove, $0.header.requestID + 1, "OK\0") },
      { FakeXenstored.message(.write, $0.header.requestID, "OK\0") },
      { _ in FakeXenstored.message(.error, 0, "ENOENT\0") },
      { FakeXenstored.reply(to: $0, "OK\0").prefix(12) + [1, 0x10, 0, 0] },
    ]
    for (index, bytes) in nonsense.enumerated() {
      try FakeXenstored.playing { peer in
        for request in peer.next(1) { peer.send(bytes(request)) }
        _ = peer.next()
      } against: { store throws in
        let error = #expect(throws: ToolstackError.self) { try store.remove("/a") }
        #expect(error?.kind == .xenUnavailable, "\(index)")
        #expect(error?.message.contains("breaks its protocol") == true, "\(index)")
        expectNoMore(store)
      }
    }
  }

  @Test(arguments: ["", "0\0", "x\0", "4294967296\0"])
  func aTransactionWithoutANumberEndsIt(payload: String) throws {
    try FakeXenstored.playing { peer in
      peer.answer(peer.next(1), payload)
      _ = peer.next()
    } against: { store throws in
      #expect(throws: XenstoreFailure.self) { try store.startTransaction() }
      expectNoMore(store)
    }
  }

  @Test func theSocketOfOneThatHasEndedIsNotWaitedFor() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "socket").path
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(bound == 0 && listen(listener, 1) == 0)
    #expect(try XenstoreConnection(to: path).ending == nil)
    close(listener)
    for path in [path, folder.appending(path: "none").path] {
      let error = #expect(throws: ToolstackError.self) { _ = try XenstoreConnection(to: path) }
      #expect(error?.kind == .xenUnavailable)
      #expect(error?.message.contains("is xenstored running?") == true)
    }
  }

  private func expectNoMore(_ store: XenstoreConnection) {
    #expect(store.channel == nil)
    let error = #expect(throws: ToolstackError.self) { _ = try store.read("/a") }
    #expect(error?.kind == .xenUnavailable)
  }
}
