// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import CommandFixture
import Testing
import XenDomainModel
import XenLab

/// The guest's xenstore client and console against the real daemons.
@Suite(.lab) struct Frontends {
  @Test func theXenstoreClientDoesAllThatTheProtocolHas() throws {
    let lab = try LabConversation()
    try lab.start(Checkout.guest("store-api"))
    try lab.waitFor("pipelined")
    let home = "/local/domain/\(lab.domainID ?? 0)"
    // More names than fit into one message, which a guest's quota does not let it make itself;
    // oxenstored cannot list them (`XenstoreLimits`), so it gets as many as do fit.
    let fits = try XenstoreDaemon.fromEnvironment() == .oxenstored
    let count = fits ? 100 : 300
    let names = (0..<count).map { "\(home)/data/list/a-child-with-a-long-name-\($0)" }
    for start in stride(from: 0, to: names.count, by: 50) {
      let pairs = names[start..<start + 50].flatMap { [$0, ""] }
      _ = try lab.execute(["xenstore-write"] + pairs)
    }
    _ = try lab.execute("xenstore-write", "\(home)/data/ready", "1")
    #expect(try lab.finish() == .exited(0))
    let size = (0..<count).reduce(0) { $0 + "a-child-with-a-long-name-\($1)".count + 1 }
    #expect((size <= 4096) == fits)
    #expect(
      lab.text == """
        made: 0 bytes
        own: does not read, does not write
        dom0: reads, does not write
        transaction: 21 21 22 after 2 tries
        thought better of it: 21
        pipelined: 100 right, 1 missing
        list: \(count) children, \(size) bytes
        denied
        no failure

        """)
  }

  @Test func theConsoleTakesKeysAndLinesAndAddsCarriageReturns() throws {
    let lab = try LabConversation()
    try lab.start(Checkout.guest("typing"))
    try lab.waitFor("press a key\n")
    try lab.client.send(input: Array("q".utf8))
    try lab.waitFor("type lines")
    // More than the input ring holds at a time.
    let long = String(repeating: "0123456789", count: 300)
    try lab.client.send(input: Array("one\ntwo\r\n\(long)\n\n".utf8))
    #expect(try lab.finish() == .exited(0))
    let expected = """
      press a key
      key 113\r
      type lines\r
      line of 3: one\r
      line of 3: two\r
      line of 3000: 0123456789\r
      3006 bytes

      """
    #expect(lab.text == expected)
  }
}
