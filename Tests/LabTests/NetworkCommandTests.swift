// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Networks that pvh gives to guests, with Linux as the guest.
@Suite(.lab, .serialized, .onceOnly) struct NetworkCommandTests {
  @Test(arguments: ["xenguest", "libxl"])
  func aGuestGetsAnAddressAndIsReached(loader: String) throws {
    let lab = try NetworkLab("reach-\(loader)")
    let (pages, sums) = (try NetworkLab.freePort(), try NetworkLab.freePort())
    let run = try lab.start([
      "--loader", loader, "--net", "--publish", "\(pages):80", "--publish", "\(sums):7",
      "--publish", "\(try NetworkLab.freePort()):9",
    ])
    // DHCP and names.
    let address = try #require(run.printed.firstMatch(of: #/address (10\.0\.0\.\d+)\n/#)?.1)
    #expect(run.printed.contains("host 1\n"), "\(run.printed)")
    try lab.ping(address, size: 1400)
    let page = try NetworkLab.page(pages)
    #expect(page.text == "Hello over TCP\n", "\(page.errors)")
    let large = (1...200_000).map { "\($0)\n" }.joined()
    #expect(try NetworkLab.page(pages, "large").text == large)
    let many = try (0..<16).map { _ in
      try PVHCommand(
        ["curl", "-sS", "-m", "590", "http://127.0.0.1:\(pages)/large"],
        program: URL(filePath: "/usr/bin/env"))
    }
    let broken = many.map { $0.finish() }.filter { $0.text != large }
    #expect(broken.isEmpty, "\(broken.map { "\($0.text.count) \($0.errors)" })")
    // Each direction ends for itself: the guest answers after the end of what it is sent.
    let text = [UInt8](repeating: 0x78, count: 3 << 20)
    let sum = try PVHCommand(
      ["sha256sum"], program: URL(filePath: "/usr/bin/env"), input: Data(text)
    ).finish().text.prefix(64)
    #expect(
      String(decoding: try NetworkLab.exchange(sums, text), as: UTF8.self) == "\(sum)\n")
    // What is said of it.
    let shown = try lab.lab.pvh("show", "web").text
    #expect(
      shown.contains(
        try Regex("interface 0: +xenbr0, 00:16:3e:[0-9a-f:]{8}, \(address), received ")),
      "\(shown)")
    let stats = try lab.lab.pvh("stats", "web").text
    #expect(stats.contains(#/RECEIVED +SENT/#) && stats.contains(#/MB in \d+/#), "\(stats)")
    let json = try lab.lab.pvh("stats", "web", "--json").text
    #expect(
      json.contains(#""bridge":"xenbr0","connected":true,"address":"\#(address)","traffic":{"#))
    #expect(try lab.dom0("xl network-list web").contains(#/0 +0 +00:16:3e/#))
    // A reader that goes away in the midst leaves the others alone.
    _ = try PVHCommand(
      ["sh", "-c", "curl -sS http://127.0.0.1:\(pages)/large | head -c 10"],
      program: URL(filePath: "/usr/bin/env")
    ).finish()
    #expect(try NetworkLab.page(pages).text == "Hello over TCP\n")
    // The run itself takes the domain away.
    try lab.dom0("xl shutdown web")
    let ended = run.finish()
    #expect(ended.status == 0, "\(ended.errors)")
    #expect(try NetworkLab.page(pages).status == 7)
    try lab.expectNothingLeft()
  }

  @Test(arguments: ["xenguest", "libxl"])
  func nothingIsLeftWhoeverEndsFirst(loader: String) throws {
    let lab = try NetworkLab("ends-\(loader)")
    let more = ["--loader", loader, "--net", "ip=10.0.0.9/24", "--net", "xenbr0"]
    let port = try NetworkLab.freePort()
    // xl removes it.
    let made = try lab.lab.pvh(lab.words("create", more))
    try #require(made.status == 0, "\(made.errors)")
    #expect(try lab.dom0("xl destroy web 2>&1").isEmpty)
    try lab.lab.wait { try lab.leftovers().isEmpty }
    // pvh is killed, and with it its end of the conversation.
    let run = try lab.start(more + ["--publish", "\(port):80"])
    #expect(
      try lab.dom0("xenstore-ls -f /local/domain/0/backend/vif").contains("ip = \"10.0.0.9/24\""))
    #expect(try lab.dom0("ls /sys/class/net/xenbr0/brif").split(separator: "\n").count == 2)
    #expect(try NetworkLab.page(port).status == 0)
    kill(run.identifier, SIGKILL)
    _ = run.finish()
    try lab.lab.wait { try lab.lab.pvh("list").text.isEmpty }
    try lab.lab.wait { try lab.leftovers().isEmpty }
    try lab.expectNothingLeft()
    // The agent is killed: its guardian removes the domain.
    let other = try lab.start(more)
    try lab.dom0(
      "kill -9 $(ps -o pid,ppid,args | awk '$3 == \"/agent/agent\" && NF == 3 { print $1 }' | sort -n | head -1)"
    )
    #expect(other.finish().status == 125)
    try lab.lab.wait { try lab.lab.pvh("list").text.isEmpty }
    try lab.lab.wait { try lab.leftovers().isEmpty }
    try lab.expectNothingLeft()
  }

  @Test func aSupervisedGuestKeepsItsAddressWhenItIsStartedAgain() throws {
    let lab = try NetworkLab("detached")
    let started = try lab.lab.pvh(
      lab.words("run", ["--net", "--detach", "--restart", "always"]))
    try #require(started.status == 0, "\(started.errors)")
    func node() throws -> [Substring] {
      try lab.dom0("xl network-list web").split(separator: "\n").last?.split(separator: " ") ?? []
    }
    try lab.lab.wait { try lab.lab.pvh("logs", "web").text.contains("serving\n") }
    let before = try node()
    #expect(before.count > 3 && before[2].hasPrefix("00:16:3e"), "\(before)")
    #expect(try lab.lab.pvh("reboot", "web").status == 0)
    try lab.lab.wait {
      try lab.lab.pvh("logs", "web").text.components(separatedBy: "serving\n").count == 3
    }
    #expect(try node()[2] == before[2])
    #expect(try lab.lab.pvh("destroy", "web").status == 0)
    try lab.lab.wait { try lab.leftovers().isEmpty }
    try lab.expectNothingLeft()
  }

  @Test func whatCannotBeIsSaidAndLeavesNothing() throws {
    let lab = try NetworkLab("refused")
    func refusal(_ words: String...) throws -> String {
      let run = try lab.lab.pvh(["run", Checkout.example("hello")] + words)
      #expect(run.status == 125, "\(run.text)")
      try lab.expectNothingLeft()
      return run.errors
    }
    // A control domain without a driver.
    try lab.dom0("cd /lib/modules/*; mv xen_netback.ko hidden")
    #expect(
      try refusal("--net").contains("has no network backend: modprobe xen-netback there"))
    try lab.dom0("cd /lib/modules/*; mv hidden xen_netback.ko")
    for loader in ["xenguest", "libxl"] {
      let missing = try refusal("--net", "nobridge", "--loader", loader)
      #expect(missing.contains("has no bridge nobridge: "), "\(missing)")
      #expect(
        try refusal("--net", "lo", "--loader", loader).contains(
          "lo is in the control domain, but no bridge"))
    }
  }

  /// A guest of this project says its address itself; clients that come before that wait.
  @Test(arguments: ["xenguest", "libxl"])
  func aGuestOfOursIsReached(loader: String) throws {
    let lab = try DetachedLab("net-ours-\(loader)")
    let port = try NetworkLab.freePort()
    let run = try lab.command([
      "run", Checkout.guest("network"), "--name", "echo", "--loader", loader, "--net",
      "ip=10.0.0.9/24", "--publish", "\(port):7", "--cmdline", "echo=7",
    ])
    try lab.wait { (try? NetworkLab.exchange(port, Array("first".utf8))) == Array("first".utf8) }
    let text = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 5) }
    #expect(try NetworkLab.exchange(port, text) == text)
    #expect(try lab.pvh("show", "echo").text.contains(", 10.0.0.9, received "))
    try lab.pvh("lab", "exec", lab.name, "--", "xl", "shutdown", "echo")
    let ended = run.finish()
    #expect(ended.status == 0, "\(ended.errors)")
    #expect(ended.text.hasPrefix("address 10.0.0.9/24"), "\(ended.text)")
    try lab.expectNothingLeft()
  }

  /// The connections go through ssh to the agent there, beside the console.
  @Test func portsAreReachedThroughSSH() throws {
    let far = try FarMachine()
    let linux = try LinuxGuest()
    let port = try NetworkLab.freePort()
    let run = try far.command(
      "run", linux.kernel, "--module", linux.initrd, "--memory", "128", "--tsc", "native",
      "--cmdline", "console=hvc0 quiet do=network", "--on", FarMachine.place, "--net", "--publish",
      "\(port):80")
    #expect(run.waitUntilItPrints("serving\n"))
    #expect(try NetworkLab.page(port).text == "Hello over TCP\n")
    let large = try NetworkLab.page(port, "large").text
    #expect(large.hasPrefix("1\n2\n") && large.hasSuffix("\n200000\n"))
    kill(run.identifier, SIGINT)
    #expect(run.finish().status == 130)
    #expect(try far.execute("ls /sys/class/net | grep vif; true").isEmpty)
  }

  /// A guest that says another's address than its own has nobody connected there, and people are told why.
  @Test func whatAGuestSaysOfItsAddressIsNotTrusted() throws {
    let lab = try NetworkLab("address")
    let other = try lab.lab.command([
      "run", Checkout.guest("network"), "--name", "other", "--net", "ip=10.0.0.8/24", "--cmdline",
      "echo=80",
    ])
    try #require(other.waitUntilItPrints("ready\n"))
    let port = try NetworkLab.freePort()
    let run = try lab.lab.command([
      "run", Checkout.guest("idle"), "--name", "idle", "--net", "--publish", "\(port):80",
    ])
    try #require(run.waitUntilItPrints("idle\n"))
    // Services that answer whoever reaches them from the control domain.
    try lab.dom0(
      "ip addr add 192.168.7.1/24 dev lo; mkdir /www; echo secret >/www/index.html; httpd -p 80 -h /www"
    )
    for address in ["127.0.0.1", "10.0.0.1", "192.168.7.1"] {
      #expect(try lab.dom0("wget -q -O - http://\(address)/") == "secret\n")
    }
    let echo = try lab.dom0("(echo hello; sleep 2) | nc -w 20 10.0.0.8 80")
    #expect(echo == "hello\n")
    func says(_ address: String) -> String {
      "the guest says that its address is \(address), which "
    }
    let claims = [
      ("127.0.0.1", says("\"127.0.0.1\"") + "no machine has in a network"),
      ("10.0.0.1", says("\"10.0.0.1\"") + "is the control domain's"),
      ("192.168.7.1", says("\"192.168.7.1\"") + "is the control domain's"),
      ("10.0.0.8", says("10.0.0.8") + "another machine in xenbr0 has"),
      ("nonsense", says("\"nonsense\"") + "is no IPv4 address"),
      ("300.1.1.1", says("\"300.1.1.1\"") + "is no IPv4 address"),
    ]
    for (address, _) in claims {
      try lab.dom0(
        "xenstore-write /local/domain/$(xl domid idle)/attr/vif/0/ipv4/0 \(address)")
      let page = try NetworkLab.page(port)
      // curl: "failure with receiving network data", and it is not the end of its patience.
      #expect(page.status == 56 && page.text.isEmpty, "\(address): \(page)")
    }
    #expect(try lab.lab.pvh("destroy", "idle", "other").status == 0)
    let errors = run.finish().errors
    for (_, words) in claims {
      #expect(errors.contains("pvh: a connection was closed: " + words), "\(errors)")
    }
    _ = other.finish()
    try lab.expectNothingLeft()
  }
}
