// SPDX-License-Identifier: Apache-2.0

import Testing
import XenABI
import XenFrontends
import XenstoreWire

/// Every script against every call: all of them end, nothing traps, the client says so.
@Suite struct HostileXenstoreScripts {
  @Test(arguments: HostileCase.ofXenstored)
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
      // What was lost holds its place until the connection is made anew.
      if value == nil, (try? client.reconnect()) != nil { value = try? client.read(bytes("a")) }
      #expect(value == bytes("fine"))
    case .fails:
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
