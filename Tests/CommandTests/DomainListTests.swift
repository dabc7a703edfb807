// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import CommandFixture
import Foundation
import Testing
import XenDomainModel

@testable import PVHCommand

/// What people and programs see of domains, whatever the agent says.
@Suite struct DomainListTests {
  private static let domains = [
    DomainSummary(
      domainID: 0, name: "Domain-0", uuid: "00", state: .running, memoryKiB: 524_288,
      vcpuCount: 1, cpuNanoseconds: 5),
    DomainSummary(
      domainID: 7, name: "web-front-end-of-the-shop", uuid: "01", state: .blocked,
      memoryKiB: 16_396, vcpuCount: 2, cpuNanoseconds: 1_230_000_000,
      supervision: Supervision(restart: .always, restartCount: 3, startedAt: 1_700_000_000)),
    DomainSummary(
      domainID: 12, name: "db", uuid: "02", state: .shutDown(.crash), memoryKiB: 268, vcpuCount: 1,
      cpuNanoseconds: 0),
    DomainSummary(
      domainID: nil, name: "job", uuid: "03", state: .ended, memoryKiB: 4096, vcpuCount: 1,
      cpuNanoseconds: nil,
      supervision: Supervision(restart: .never, startedAt: 1_700_000_000, outcome: .exited(3))),
  ]

  private func agent(
    _ times: Int = 1, answer: Event = .domains(domains)
  ) throws -> ScriptedAgent {
    try agent(answers: Array(repeating: answer, count: times))
  }

  private func agent(answers: [Event]) throws -> ScriptedAgent {
    try ScriptedAgent(
      protocolVersion: ProtocolVersion.current.rawValue,
      answers: answers.map { String(decoding: $0.message.encoded(), as: UTF8.self) })
  }

  @Test func isATableForPeople() throws {
    #expect(
      try agent().run("list").text == """
        ID  NAME                       STATE     MEMORY  VCPUS  CPU TIME  RESTARTS
         7  web-front-end-of-the-shop  blocked   16 MiB      2    1.23 s         3
        12  db                         crashed  268 KiB      1    0.00 s         -

        """)
    #expect(
      try agent().run("list", "--all", "--name", "j*").text == """
        ID  NAME  STATE                 MEMORY  VCPUS  CPU TIME  RESTARTS
         -  job   ended: exit status 3   4 MiB      1         -         0

        """)
  }

  @Test(arguments: [
    (["--quiet"], "7\n12\n"), (["--quiet", "--all"], "7\n12\njob\n"),
    (["--quiet", "--state", "ended"], "job\n"), (["--quiet", "--name", "w*"], "7\n"),
    (["--quiet", "--name", "W*"], ""), (["--state", "paused"], ""),
  ])
  func isFiltered(words: [String], text: String) throws {
    let agent = try agent()
    let result = try PVHCommand(
      ["list", "--on", ScriptedAgent.target] + words, environment: agent.environment,
      program: agent.pvh
    ).finish()
    #expect(result.text == text)
    #expect(result.status == 0)
  }

  @Test func isJSONForPrograms() throws {
    let output = try agent().run("list", "--json", "--all").output
    let list = try #require(try JSONSerialization.jsonObject(with: output) as? [[String: Any]])
    #expect(list.map { $0["name"] as? String } == ["web-front-end-of-the-shop", "db", "job"])
    #expect(list.map { $0["domainID"] as? Int } == [7, 12, nil])
    let supervision = try #require(list[2]["supervision"] as? [String: Any])
    #expect(supervision["outcome"] as? String == "exited")
    #expect(supervision["status"] as? Int == 3)
  }

  @Test func fitsTheTerminalAndHasColoursThere() throws {
    let wide = try agent().runOnTerminal("list", columns: 120, environment: ["NO_COLOR": ""])
    #expect(wide.contains("web-front-end-of-the-shop  \u{1b}[32mblocked\u{1b}[0m"))
    #expect(wide.contains("\u{1b}[31mcrashed\u{1b}[0m"))
    let narrow = try agent().runOnTerminal("list", columns: 64, environment: ["NO_COLOR": "1"])
    #expect(!narrow.contains("\u{1b}"))
    #expect(narrow.contains("web-fron"))
    #expect(narrow.contains("…"))
    #expect(narrow.split(separator: "\r\n").allSatisfy { $0.count <= 64 }, "\(narrow)")
  }

  @Test func statisticsAreThoseBetweenTwoLooks() throws {
    let look = [Event.domains(Self.domains), .interfaces([])]
    let result = try agent(answers: look + look).run("stats", "--every", "0.1", environment: [:])
    // The script ends after two looks, and so does the conversation.
    #expect(result.status == 125)
    #expect(result.text.hasPrefix("ID  NAME                       STATE      CPU  CPU TIME"))
    #expect(result.text.contains("0.0 %    1.23 s   16 MiB      2"))
    #expect(!result.text.contains("job"))
  }

  /// What pvh opens does not get the number of a standard output that is closed.
  @Test func nothingElseIsTakenForStandardOutput() throws {
    let agent = try agent()
    let result = try PVHCommand(
      ["-c", "exec \"$0\" list --on \(ScriptedAgent.target) >&-", agent.pvh.path],
      environment: agent.environment, program: URL(filePath: "/bin/sh")
    ).finish()
    #expect(result.status == 125)
    #expect(result.errors == "pvh: standard output cannot be written: Bad file descriptor\n")
  }

  @Test func aDomainThatIsNamedTwiceIsDestroyedOnce() throws {
    let result = try agent(answer: .done(nil)).run("destroy", "web", "web")
    #expect(result.status == 0, "\(result.errors)")
  }

  /// Another machine would be asked for a password.
  @Test func shellsProposeNothingFromOtherMachines() throws {
    let agent = try agent()
    let result = try PVHCommand(
      [
        "---completion", "show", "--", "positional@0", "2", "0", "pvh", "show", "--on",
        ScriptedAgent.target, "",
      ], environment: agent.environment, program: agent.pvh
    ).finish()
    #expect(result.text.isEmpty)
    #expect(result.errors.isEmpty, "\(result.errors)")
  }

  @Test func shellsProposeNames() {
    var domain = DomainSummary(
      domainID: 7, name: "web", uuid: "", state: .running, memoryKiB: 0, vcpuCount: 1,
      cpuNanoseconds: nil, supervision: nil)
    #expect(domain.reference == "web")
    domain.name = ""
    #expect(domain.reference == "7")
  }

  @Test(arguments: [
    (["run", "x.pvh", "--restart", "always"], "--restart requires --detach"),
    (["run", "x.pvh", "--detach", "--on", "qemu"], "no domain that could stay"),
    (
      ["run", "x.pvh", "--detach", "--restart", "sometimes"],
      "The value 'sometimes' is invalid for '--restart <restart>'"
    ),
    (["logs", "x", "--tail", "-1"], "Missing value for '--tail <tail>'"),
    (["stats", "--every", "0"], "0.1 to 3600"),
    (["list", "--state", "asleep"], "The value 'asleep' is invalid for '--state <state>'"),
    (["reboot"], "Missing expected argument '<domains> ...'"),
    (["show"], "Missing expected argument '<domain>'"),
  ])
  func rejectsInvalidArguments(words: [String], fact: String) throws {
    let result = try PVHCommand(words).finish()
    #expect(result.status == 64)
    // What follows, help and usage, has words of every error in it.
    let first = result.errors.prefix { $0 != "\n" }
    #expect(first.hasPrefix("Error: ") && first.contains(fact), "\(result.errors)")
  }
}
