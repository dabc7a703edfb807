// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Testing

/// The fixtures for a domain's life do what they are for.
@Suite(.lab, .serialized) struct FixtureLifecycleTests {
  private let fixtures: FixtureLab

  init() throws { fixtures = try FixtureLab("lifecycle") }

  /// xl asks the guest, as anybody does.
  private func ask(_ fixture: String, for what: String = "shutdown") throws {
    try fixtures.dom0("xl \(what) $1", fixture)
  }

  /// What xl writes, for those whom it would wait a minute for.
  private func write(_ fixture: String) throws {
    try fixtures.dom0("xenstore-write /local/domain/$1/control/shutdown poweroff", fixture)
  }

  @Test func endsInEachWay() throws {
    let ends: [(fixture: String, line: String, status: Int32, says: String)] = [
      ("hello-exit", "code=17", 17, ""),
      ("end", "how=poweroff", 0, ""), ("end", "how=reboot", 133, "requested a reboot"),
      ("end", "how=crash", 134, "crashed"), ("end", "how=watchdog", 125, "Xen's reason 4"),
      ("end", "how=suspend", 125, "Xen's reason 2"),
      ("triple-fault", "", 134, "Triple fault"),
      ("watchdog", "timeout=1 feed=2", 125, "Xen's reason 4"),
      ("fault", "kind=ud", 134, "invalid opcode"), ("fault", "kind=pf", 134, "null pointer"),
      ("fault", "kind=gp", 134, "general protection"), ("fault", "kind=de", 134, "division"),
      ("fault", "kind=nx", 134, "no code"), ("fault", "kind=stack", 134, "stack overflow"),
      ("no-xenstore", "", 0, ""), ("no-console", "", 0, ""),
    ]
    for end in ends {
      let result = try fixtures.run(end.fixture, end.line)
      #expect(result.status == end.status, "\(end.fixture) \(end.line): \(result.errors)")
      let all = result.text + result.errors
      if !end.says.isEmpty {
        #expect(all.contains(end.says), "\(end.fixture) \(end.line): \(all)")
      }
      let isSilent = end.fixture == "no-console"
      #expect(result.text.contains("\"t\":\"ready\"") == !isSilent, "\(end.fixture): \(all)")
    }
  }

  @Test func wrongParametersAreExplained() throws {
    let wrong = [
      ("end", "hwo=reboot", "there is no parameter \\\"hwo\\\"; is it how?"),
      ("end", "how=never", "it is one of poweroff, reboot, suspend, crash, watchdog"),
      ("hello-exit", "code=256", "it is a number from 0 to 255"),
      ("hello-exit", "code", "\\\"code\\\" is not NAME=VALUE"),
      ("shutdown-ack", "x=1", "this fixture has none"), ("xs-fill", "nodes=-1", "or max"),
    ]
    for (fixture, line, message) in wrong {
      let result = try fixtures.run(fixture, line)
      #expect(result.status == 99)
      #expect(result.text.contains(message), "\(result.text)")
      #expect(result.text.hasSuffix("Test result: ERROR\n"))
    }
  }

  @Test func parametersComeFromXenstoreAsWell() throws {
    let made = try fixtures.lab.pvh(
      "create", Checkout.fixture("hello-exit"), "--name", "told", "--paused")
    #expect(made.status == 0, "\(made.errors)")
    let number = try fixtures.number("told")
    try fixtures.dom0("xenstore-write /local/domain/\(number)/data/pvh/code 42")
    #expect(try fixtures.lab.pvh("unpause", "told").status == 0)
    #expect(try fixtures.lab.pvh("wait", "told").status == 42)
    try fixtures.destroy("told")
  }

  @Test func answersToRequests() throws {
    try fixtures.start("shutdown-ack")
    try ask("shutdown-ack")
    #expect(try fixtures.lab.pvh("wait", "shutdown-ack").status == 0)
    #expect(try fixtures.log("shutdown-ack").hasSuffix("Test result: SUCCESS\n"))
    try fixtures.destroy("shutdown-ack")

    try fixtures.start("idle", "beat=50")
    try fixtures.waitForLine("\"n\":3", of: "idle")
    try ask("idle", for: "reboot")
    try fixtures.waitForLine("\"asked\":\"reboot\"", of: "idle")
    // The supervisor starts it again.
    try fixtures.lab.wait {
      try self.fixtures.lab.summary("idle").supervision.restartCount == 1
    }
    try fixtures.destroy("idle")

    try fixtures.start("shutdown-slow", "seconds=2")
    try ask("shutdown-slow")
    try fixtures.waitForLine("\"asked\":\"poweroff\"", of: "shutdown-slow")
    #expect(try fixtures.isRunning("shutdown-slow"))
    #expect(try fixtures.lab.pvh("wait", "shutdown-slow").status == 0)
    try fixtures.destroy("shutdown-slow")
  }

  @Test func thoseThatDoNotEndStay() throws {
    // What the node says afterwards: acknowledged, or as xl left it.
    for (fixture, line, left) in [
      ("shutdown-ignore", "", "poweroff"), ("shutdown-ack-never", "", ""),
      ("shutdown-refuse", "feature=0", "poweroff"), ("shutdown-refuse", "feature=none", "poweroff"),
    ] {
      try fixtures.start(fixture, line)
      try write(fixture)
      try fixtures.waitForLine("\"asked\":\"poweroff\"", of: fixture)
      let node = "/local/domain/$1/control/shutdown"
      try fixtures.lab.wait {
        try self.fixtures.dom0("xenstore-read \(node)", fixture) == "\(left)\n"
      }
      #expect(try fixtures.isRunning(fixture), "\(fixture) \(line)")
      if line == "feature=0" {
        let feature = "/local/domain/$1/control/feature-poweroff"
        #expect(try fixtures.dom0("xenstore-read \(feature)", fixture) == "0\n")
      }
      try fixtures.destroy(fixture)
    }
    try fixtures.start("shutdown-refuse", "feature=late after=300")
    try fixtures.waitForLine("\"t\":\"offered\"", of: "shutdown-refuse")
    try fixtures.destroy("shutdown-refuse")
    try fixtures.start("halt")
    try write("halt")
    #expect(try fixtures.isRunning("halt"))
    try fixtures.destroy("halt")
    // Xen takes the last processor that halts for good for a power-off.
    #expect(try fixtures.run("halt", "how=hlt").status == 0)
    try fixtures.lab.expectNothingLeft()
  }

  /// Started by xl, whose on_reboot makes a new domain each time; the one that waits for it has another
  /// working folder.
  @Test func rebootsUntilItHasEnough() throws {
    try fixtures.lab.copy(Checkout.fixture("reboot-loop"), to: "/root/loop.elf")
    let said = try fixtures.dom0(
      """
      cd /root
      printf 'name="loop"\\ntype="pvh"\\nkernel="/root/loop.elf"\\nmemory=32\\nvcpus=1\\non_reboot="restart"\\n' > loop.cfg
      printf 'extra="n=2 after=60000"\\n' >> loop.cfg
      xl create -q loop.cfg
      boots=0; last=; looks=0
      while [ $looks -lt 2400 ]; do
        looks=$((looks + 1)); usleep 50000
        id=$(xl domid loop 2>/dev/null) || { [ $boots = 3 ] && break; continue; }
        [ "$id" != "$last" ] || continue
        xenstore-exists /local/domain/$id/data || continue
        last=$id
        xenstore-write /local/domain/$id/data/pvh/boots $boots
        boots=$((boots + 1))
      done
      echo $boots; xl list loop 2>/dev/null | wc -l
      """)
    #expect(said == "3\n0\n")
  }
}
