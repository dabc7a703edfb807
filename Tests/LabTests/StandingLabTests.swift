// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Labs that stay up: what they do, and how they end.
@Suite(.lab, .serialized) struct StandingLabTests {
  @Test func programsHaveTheirOwnStreamsAndStatus() throws {
    let labs = try StandingLabs()
    try labs.start("streams")
    let result = try labs.pvh(
      "lab", "exec", "streams", "--", "sh", "-c", "cat; echo problem >&2; exit 7", input: "text\n")
    #expect(result.text == "text\n")
    #expect(result.errors == "problem\n")
    #expect(result.status == 7)
    // More than may be under way at once, there and back.
    let long = String(repeating: "0123456789abcdef\n", count: 60_000)
    let copied = try labs.pvh("lab", "exec", "streams", "--", "cat", input: long)
    #expect(copied.text.count == long.count)
    #expect(copied.text.hash == long.hash)
    #expect(try labs.pvh("lab", "exec", "streams", "--", "sh", "-c", "kill -9 $$").status == 137)
    let missing = try labs.pvh("lab", "exec", "streams", "--", "/no/such")
    #expect(missing.status == 125)
    #expect(missing.errors.contains("/no/such cannot be run"))
    // Without the two hyphens a lab's name is a program.
    let unmarked = try labs.pvh("lab", "exec", "streams", "xl", "list")
    #expect(unmarked.status == 125)
    #expect(unmarked.errors.contains("if streams is to be a lab: pvh lab exec streams -- xl"))
  }

  /// A program may be over before all of its input is under way.
  @Test func quickProgramsSayTheirLastWords() throws {
    let labs = try StandingLabs()
    try labs.start("quick")
    let input = String(repeating: "unread\n", count: 2000)
    for _ in 0..<10 {
      let commands = try (0..<4).map { number in
        try labs.command(
          ["lab", "exec", "quick", "--", "sh", "-c", "echo \(number); exit \(number)"], input: input
        )
      }
      for (number, command) in commands.enumerated() {
        let result = command.finish()
        #expect(result.text == "\(number)\n", "\(result.errors)")
        #expect(result.status == Int32(number))
      }
    }
  }

  @Test func aSlowReaderStopsNobodyElse() throws {
    let labs = try StandingLabs()
    try labs.start("slow")
    // Nothing reads the pipe of the first, which fills it and every window on the way.
    let full = try labs.command(
      ["-c", "\"$0\" lab exec slow -- yes | sleep 3", Checkout.pvh.path],
      program: URL(filePath: "/bin/sh"))
    defer { _ = full.finish() }
    usleep(500_000)
    let before = try labs.memoryOfKeeper("slow")
    for _ in 0..<5 {
      #expect(try labs.pvh("lab", "exec", "slow", "--", "echo", "quick").text == "quick\n")
    }
    #expect(try labs.memoryOfKeeper("slow") < before + (4 << 10))
  }

  @Test func shellsHaveATerminal() throws {
    let labs = try StandingLabs()
    try labs.start("shell")
    // script(1) makes a terminal; what is typed early waits in it.
    let pvh = Checkout.pvh.path
    let session = try labs.command(
      ["-qec", "stty rows 33 cols 99; \(pvh) lab shell shell", "/dev/null"],
      environment: ["TERM": "dumb"],
      input: "stty size\ntty\nexit 3\n", program: URL(filePath: "/usr/bin/script"))
    let result = session.finish()
    #expect(result.text.contains("33 99"))
    #expect(result.text.contains("/dev/pts/"))
    #expect(result.status == 3)
    let withoutTerminal = try labs.pvh("lab", "shell", "shell")
    #expect(withoutTerminal.status == 64)
    #expect(withoutTerminal.errors.contains("pvh lab exec shell -- sh"))
  }

  @Test func labsHaveTheirOwnMemory() throws {
    let labs = try StandingLabs()
    let both = try ["one", "two"].map { try labs.command(["lab", "start", $0]) }
    for command in both { #expect(command.finish().status == 0) }
    try labs.pvh("lab", "exec", "one", "--", "touch", "/tmp/mark")
    #expect(try labs.pvh("lab", "exec", "one", "--", "test", "-e", "/tmp/mark").status == 0)
    #expect(try labs.pvh("lab", "exec", "two", "--", "test", "-e", "/tmp/mark").status == 1)
    #expect(try labs.pvh("lab", "stop", "one").status == 0)
    let gone = try labs.pvh("lab", "exec", "one", "--", "true")
    #expect(gone.status == 125)
    #expect(gone.errors.contains("no lab named one is up; start it: pvh lab start one"))
    #expect(try labs.pvh("lab", "exec", "two", "--", "true").status == 0)
  }

  @Test func twoStartsAtOnceMakeOneLab() throws {
    let labs = try StandingLabs()
    let starts = try (0..<3).map { _ in try labs.command(["lab", "start", "same"]) }
    let results = starts.map { $0.finish() }
    #expect(results.allSatisfy { $0.status == 0 })
    #expect(results.filter { $0.errors.contains("same is up:") }.count == 1)
    #expect(results.filter { $0.errors.contains("same was up already") }.count == 2)
  }

  @Test func aDeadKeeperTakesQEMUAlongAndIsNoticed() throws {
    let labs = try StandingLabs()
    try labs.start("dead")
    let keeper = try labs.keeper("dead")
    let children = ProcessTable.children(of: keeper)
    #expect(!children.isEmpty)
    kill(keeper, SIGKILL)
    for _ in 0..<600 where !children.filter(ProcessTable.isRunning).isEmpty { usleep(100_000) }
    #expect(children.filter(ProcessTable.isRunning).isEmpty)
    let result = try labs.pvh("lab", "status")
    #expect(result.status == 0)
    #expect(result.errors.contains("the lab dead has died"))
    #expect(!FileManager.default.fileExists(atPath: labs.path("dead")))
    try labs.start("dead")
  }

  @Test func stoppingEndsWhatIsUnderWay() throws {
    let labs = try StandingLabs()
    try labs.start("busy")
    let keeper = try labs.keeper("busy")
    let program = try labs.command(["lab", "exec", "busy", "--", "sh", "-c", "echo on; sleep 100"])
    try #require(program.waitUntilItPrints("on"))
    #expect(try labs.pvh("lab", "stop", "busy").status == 0)
    let result = program.finish()
    #expect(result.status == 125)
    #expect(result.errors.contains("the lab ended before sh did"))
    #expect(!ProcessTable.isRunning(keeper))
    #expect(!FileManager.default.fileExists(atPath: labs.path("busy")))
  }

  @Test func aKeeperThatDoesNotAnswerCanBeStopped() throws {
    let labs = try StandingLabs()
    try labs.start("hung")
    let keeper = try labs.keeper("hung")
    let children = ProcessTable.children(of: keeper)
    kill(keeper, SIGSTOP)
    let status = try labs.pvh("lab", "status")
    #expect(status.text.contains("does not answer; to end it: pvh lab stop hung"))
    #expect(try labs.pvh("lab", "stop", "hung").status == 0)
    for _ in 0..<600 where !children.filter(ProcessTable.isRunning).isEmpty { usleep(100_000) }
    #expect(children.filter(ProcessTable.isRunning).isEmpty)
    #expect(!FileManager.default.fileExists(atPath: labs.path("hung")))
  }

  @Test func guestsRunInANamedLab() throws {
    let labs = try StandingLabs()
    try labs.start("guests")
    let hello = Checkout.example("hello")
    #expect(
      try labs.pvh("run", hello, "--on", "lab:guests").text == "hello from domain 1\n")
    #expect(
      try labs.pvh("run", hello, "--on", "lab:guests").text == "hello from domain 2\n")
    let spin = try labs.command(["run", Checkout.guest("spin"), "--on", "lab:guests"])
    try #require(spin.waitUntilItPrints("spinning"))
    kill(spin.identifier, SIGKILL)
    _ = spin.finish()
    // The agent notices, and takes the domain along.
    for _ in 0..<600 {
      if try labs.domainCount("guests") == 1 { break }
      usleep(100_000)
    }
    #expect(try labs.domainCount("guests") == 1)
    let missing = try labs.pvh("run", hello, "--on", "lab:other")
    #expect(missing.status == 125)
    #expect(missing.errors.contains("no lab named other is up"))
  }
}

extension StandingLabs {
  /// Domains in a lab, dom0 among them.
  fileprivate func domainCount(_ name: String) throws -> Int {
    try pvh("lab", "exec", name, "--", "xenstore-list", "/local/domain").text
      .split(separator: "\n").count
  }

  /// Memory of the daemon itself in KiB.
  fileprivate func memoryOfKeeper(_ name: String) throws -> Int {
    let status = try String(
      contentsOfFile: "/proc/\(try keeper(name))/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") })
    return try #require(Int(line.filter(\.isNumber)))
  }
}
