// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Guests' vchans: with a client that nobody here wrote, xen-utils' vchan-socket-proxy, with pvh, and between two
/// guests.
@Suite(.lab) struct VchanTests {
  @Test func bytesComeBackAndNothingStays() throws {
    let lab = try DetachedLab("vchan")
    let number = try lab.start("vchan", as: "echo", "4")
    func dom0(_ script: String) throws -> String {
      try lab.pvh("lab", "exec", lab.name, "--", "sh", "-c", script).text
    }
    let proxy =
      "$(ls /usr/lib/xen-4.*/bin/vchan-socket-proxy) --mode=client \(number) /local/domain/\(number)/data/vchan -"
    func waitForTurn(_ turn: Int) throws { try lab.waitForLine("ready \(turn)", of: "echo") }
    try waitForTurn(1)
    #expect(try dom0("(echo hello; sleep 1; echo again; sleep 1) | \(proxy)") == "hello\nagain\n")
    // More than both rings hold, many times over.
    try waitForTurn(2)
    let sums = try dom0(
      """
      dd if=/dev/urandom of=/tmp/in bs=1024 count=1024 2>/dev/null
      (cat /tmp/in
       looks=0
       while [ $(stat -c %s /tmp/out) != 1048576 ] && [ $looks -lt 600 ]; do
         looks=$((looks + 1)); usleep 100000
       done) | \(proxy) >/tmp/out
      cmp /tmp/in /tmp/out && echo same
      """)
    #expect(sums == "same\n")
    // A client that is killed: its end is closed by the kernel, which is all that the guest learns.
    try waitForTurn(3)
    _ = try dom0(
      "(sleep 60 | \(proxy) >/dev/null) & sleep 1; kill -9 $(pidof vchan-socket-proxy); sleep 1; kill $!"
    )
    try waitForTurn(4)
    // Only pages that the toolstack granted are in use, below 8: the console's, and xenstore's if its daemon
    // maps it as a grant.
    let table = try dom0("xl debug-keys g; xl dmesg | tail -40")
    let own = try #require(table.components(separatedBy: "remote d\(number) ").last)
    let inUse = own.matches(of: #/\[0x([0-9a-f]+)\]/#).compactMap { Int($0.1, radix: 16) }
    #expect(!inUse.isEmpty && inUse.allSatisfy { $0 < 8 }, "\(own)")
    let log = try lab.pvh("logs", "echo").text
    #expect(log.contains("closed after 12\n") && log.contains("closed after 1048576\n"), "\(log)")
    #expect(try lab.pvh("destroy", "echo").status == 0)
    try lab.expectNothingLeft()
  }

  @Test func pvhConnectsAPipeToIt() throws {
    let lab = try DetachedLab("pipe")
    let number = try lab.start("vchan", as: "echo", "20")
    func connect(_ input: String, _ words: String...) throws -> PVHCommand.Result {
      try lab.command(["vchan", "echo", "data/vchan", "--linger", "20"] + words, input: input)
        .finish()
    }
    try lab.waitForLine("ready 1", of: "echo")
    // The guest answers and closes.
    #expect(try connect("bye\n").text == "bye\n")
    try lab.waitForLine("ready 2", of: "echo")
    let absolute = try lab.command(
      ["vchan", number, "/local/domain/\(number)/data/vchan"], input: "bye\n"
    ).finish()
    #expect(absolute.status == 0 && absolute.text == "bye\n", "\(absolute.errors)")
    // Where the guest is, in pvh's own process.
    let agent = Checkout.pvh.deletingLastPathComponent().appending(path: "pvh-agent")
    try lab.copy(Checkout.pvh.path, to: "/root/pvh")
    try lab.copy(agent.path, to: "/root/pvh-agent")
    try lab.waitForLine("ready 3", of: "echo")
    let local = try lab.pvh(
      "lab", "exec", lab.name, "--", "sh", "-c", "echo bye | /root/pvh vchan echo data/vchan")
    #expect(local.status == 0 && local.text == "bye\n", "\(local.errors)")
    // Only the guest's silence ends it: much more than both rings hold comes back before.
    try lab.waitForLine("ready 4", of: "echo")
    let much = String(repeating: "0123456789abcde\n", count: 1 << 16)
    let back = try lab.command(
      ["vchan", "echo", "data/vchan", "--linger", "5"], input: much
    ).finish()
    #expect(back.status == 0 && back.text == much, "\(back.errors)")
    // Of pvh that is killed the kernel closes the end, and the agent's, too.
    try lab.waitForLine("ready 5", of: "echo")
    let killed = try lab.command(
      ["vchan", "echo", "data/vchan", "--linger", "600"], input: "x")
    #expect(killed.waitUntilItPrints("x"))
    let second = try connect("y")
    #expect(second.status == 125 && second.errors.contains("it has a client already"))
    kill(killed.identifier, SIGKILL)
    _ = killed.finish()
    try lab.waitForLine("ready 6", of: "echo")
    // A guest that crashes does not close it.
    let crashed = try connect("crash\n")
    #expect(crashed.status == 125 && crashed.text == "crash\n")
    #expect(crashed.errors.contains("ended without closing its vchan"), "\(crashed.errors)")
    try lab.expectNoGrantsOfDom0()
    #expect(try lab.pvh("destroy", "echo").status == 0)
    try lab.expectNothingLeft()
  }

  @Test func whatIsWrongIsExplained() throws {
    let lab = try DetachedLab("wrong")
    let number = try lab.start("vchan", as: "echo", "1 9")
    try lab.waitForLine("ready 1", of: "echo")
    let home = "/local/domain/\(number)/data"
    func problem(_ path: String, of domain: String = "echo") throws -> String {
      let result = try lab.pvh("vchan", domain, path)
      #expect(result.status == 125 && result.output.isEmpty)
      return result.errors
    }
    #expect(try problem("data/vchan").contains("it has a client already, or is offered to another"))
    #expect(try problem("data/chan").contains("no \(home)/chan/ring-ref; there is data/vchan"))
    #expect(try problem("data/vchan", of: "ecko").contains("did you mean \"echo\"?"))
    for (value, saying) in [("0", "is \"0\""), ("+8", "is \"+8\""), ("4294967296", "not a number")]
    {
      try lab.pvh("lab", "exec", lab.name, "--", "xenstore-write", "\(home)/bad/ring-ref", value)
      try lab.pvh("lab", "exec", lab.name, "--", "xenstore-write", "\(home)/bad/event-channel", "1")
      #expect(try problem("data/bad").contains(saying))
    }
    // A grant that nobody made, at a port that is another's: xenstored's.
    try lab.pvh("lab", "exec", lab.name, "--", "xenstore-write", "\(home)/bad/ring-ref", "400")
    #expect(try problem("data/bad").contains("event channel 1 of domain \(number)"))
    #expect(try lab.pvh("destroy", "echo").status == 0)
    try lab.expectNothingLeft()
  }

  /// One guest is the server, the other the client, which comes twice.
  @Test func twoGuestsTalkToEachOther() throws {
    let lab = try DetachedLab("two")
    let client = try lab.start("vchan-client", as: "visitor", "1024 2")
    let server = try lab.start("vchan", as: "echo", "2 \(client)")
    try lab.waitForLine("ready 1", of: "echo")
    try lab.pvh(
      "lab", "exec", lab.name, "--", "xenstore-write", "/local/domain/\(client)/data/server", server
    )
    try lab.waitForLine("done", of: "visitor")
    let visitor = try lab.pvh("logs", "visitor").text
    #expect(visitor.contains("/local/domain/\(server)/data/nothing/ring-ref"), "\(visitor)")
    for turn in 1...2 { #expect(visitor.contains("turn \(turn): 1048576 bytes came back\n")) }
    try lab.wait {
      try lab.pvh("logs", "echo").text.matches(of: #/closed after 1048576\n/#).count == 2
    }
    for name in ["visitor", "echo"] { #expect(try lab.pvh("destroy", name).status == 0) }
    try lab.expectNothingLeft()
  }

  /// xen-utils' proxy, which sends back what comes, is the server.
  @Test func aGuestIsTheClientOfAnotherImplementation() throws {
    let lab = try DetachedLab("proxy")
    let client = try lab.start("vchan-client", as: "visitor", "256")
    let script = """
      mkfifo /tmp/loop
      proxy="$(ls /usr/lib/xen-4.*/bin/vchan-socket-proxy)"
      $proxy --mode=server \(client) /local/domain/0/data/vchan - 0<>/tmp/loop 1>&0 2>/dev/null &
      while ! xenstore-exists /local/domain/0/data/vchan/event-channel; do usleep 100000; done
      xenstore-write /local/domain/\(client)/data/server 0
      """
    #expect(try lab.pvh("lab", "exec", lab.name, "--", "sh", "-c", script).status == 0)
    try lab.waitForLine("done", of: "visitor")
    let visitor = try lab.pvh("logs", "visitor").text
    #expect(visitor.contains("turn 1: 262144 bytes came back\n"), "\(visitor)")
    #expect(try lab.pvh("destroy", "visitor").status == 0)
    try lab.expectNothingLeft()
  }
}

extension DetachedLab {
  /// Starts a guest of the tests; returns its domain's number.
  fileprivate func start(_ image: String, as name: String, _ commandLine: String) throws -> String {
    let made = try pvh(
      "run", Checkout.guest(image), "--detach", "--name", name, "--cmdline", commandLine)
    try #require(made.status == 0, "\(made.errors)")
    return made.text.trimmingCharacters(in: .newlines)
  }

  fileprivate func waitForLine(_ line: String, of domain: String) throws {
    try wait { try pvh("logs", domain).text.contains("\(line)\n") }
  }

  /// The control domain has given back all that it had mapped.
  fileprivate func expectNoGrantsOfDom0() throws {
    let processes = try pvh(
      "lab", "exec", name, "--", "sh", "-c", "grep -l gntdev /proc/[0-9]*/maps")
    #expect(processes.text.isEmpty, "\(processes.text)")
  }
}
