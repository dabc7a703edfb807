// SPDX-License-Identifier: Apache-2.0

import Foundation
import HostilePeers
import Synchronization
import Testing
import XenstoreWire

@testable import XenToolstack

/// Every script against every request: all of them end, nothing traps, the connection says so.
///
/// The guest's client has the same scripts against it, in XenFrontendsTests.
@Suite struct HostileXenstoredTests {
  @Test(arguments: HostileCase<ScriptedXenstored>.ofXenstored)
  func everyRequestEndsAndTheConnectionSaysHow(hostile: HostileCase<ScriptedXenstored>) throws {
    let isBehaving = Flag()
    // Where there is something to see, it is not the time that ends the connection.
    let patience = [.timesOut, .ends].contains(hostile.strictEnd) ? 100 : 20_000
    try FakeXenstored.playing(
      { $0.perform(hostile.script, until: isBehaving) }, patience: patience
    ) { store throws in
      workOut(store)
      isBehaving.raise()
      let ending = store.ending
      switch hostile.strictEnd {
      case .recovers:
        #expect(ending == nil)
        #expect(try store.read("/a") == Array("fine".utf8))
        return
      case .fails:
        guard case .malformed? = ending else {
          Issue.record("the connection has not failed: \(String(describing: ending))")
          return
        }
      case .timesOut: #expect(ending == .silent(patience))
      case .ends: break
      }
      guard let ending else { return }
      #expect(store.answers(to: [.read("/a")]) == [.failure(ending)])
      #expect(store.channel == nil)
      #expect(!store.takeEvents())
      #expect(store.ending == ending)
    }
  }

  /// Uses all that a connection has; what goes wrong is in its state.
  private func workOut(_ store: XenstoreConnection) {
    _ = try? store.read("/a")
    _ = try? store.ask([.read("/a"), .write("/b", "1"), .remove("/c"), .list("/d")])
    try? store.watch("@releaseDomain")
    _ = store.takeEvents()
    _ = try? store.watchAndRead("/a")
    _ = try? store.children(of: "/a")
    try? store.write("/b", String(repeating: "x", count: 3000))
    if let transaction = try? store.startTransaction() {
      _ = store.answers(to: [
        .setRights(of: DomainID(rawValue: 5), to: "/b", owning: true, in: transaction),
        .write("/b", "2", in: transaction),
      ])
      if (try? store.commit(transaction)) != true { store.abort(transaction) }
    }
    try? store.introduce(DomainID(rawValue: 5), frame: 1, port: 2)
    store.unwatch("@releaseDomain")
    _ = store.takeEvents()
    try? store.remove("/b")
  }
}

/// Raised once, and seen by another thread.
private final class Flag: Sendable {
  private let value = Atomic(false)

  var isRaised: Bool { value.load(ordering: .acquiring) }
  func raise() { value.store(true, ordering: .releasing) }
}

extension FakeXenstored {
  /// Answers as a script says until the connection ends; as it should once the flag is raised.
  fileprivate func perform(
    _ script: @Sendable (ScriptedXenstored) -> Void, until isBehaving: Flag
  ) {
    let peer = ScriptedXenstored()
    script(peer)
    var buffer = [UInt8](repeating: 0, count: 8192)
    while true {
      while case let bytes = peer.take(), !bytes.isEmpty { send(bytes) }
      let count = read(descriptor, &buffer, buffer.count)
      guard count > 0 else { return }
      if isBehaving.isRaised { peer.behave() }
      peer.receive(Array(buffer[..<count]))
    }
  }
}
