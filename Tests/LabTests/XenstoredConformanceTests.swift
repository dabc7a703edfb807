// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing
import XenLab

/// The conformance suite, against the xenstored of the lab.
@Suite(.lab, .serialized) struct XenstoredConformanceTests {
  /// What `pvh conformance --format json` prints, as far as the tests look.
  private struct Report: Decodable {
    struct Case: Decodable {
      let id: String
      let result: String
      let level: String?
      let note: String?
      let statement: String?
      let source: String?
    }
    struct Nearest: Decodable {
      let name: String
    }

    let result: String
    let problem: String?
    let planned: Int
    let ms: Int
    let cases: [Case]
    let nearest: Nearest?
  }

  /// What the daemons are known to do otherwise; `docs/xenstored-conformance.md` says how.
  private static let contradictions: [String: Set<String>] = [
    "xenstored-4.17": ["FR-18", "FR-19", "FR-20"],
    "xenstored-4.20": [],
    "oxenstored-4.17": ["FR-11", "PA-10", "WA-26"],
    "oxenstored-4.20": ["FR-11", "PA-10", "WA-26"],
  ]

  @Test func theLabsDaemonPassesButForKnownContradictions() throws {
    let result = try PVHCommand(
      ["conformance", "xenstored", "--on", "lab", "--format", "json"]
    ).finish()
    let report = try JSONDecoder().decode(Report.self, from: result.output)
    print("[lab] the conformance suite took \(report.ms) ms")
    #expect(report.problem == nil, "\(result.errors)")
    let daemon = "\(try XenstoreDaemon.fromEnvironment())-\(try Self.xenVersion())"
    let known = try #require(Self.contradictions[daemon], "\(daemon) is not known")
    let failed = report.cases.filter { $0.result == "fail" }
    #expect(
      Set(failed.map(\.id)).subtracting(known).isEmpty,
      "\(failed.map { "\($0.id): \($0.note ?? "")" })")
    #expect(result.status == (failed.isEmpty ? 0 : 1))
    #expect(report.cases.count == report.planned && report.planned > 170)
    #expect(Set(report.cases.map(\.id)).count == report.cases.count)
    #expect(report.cases.allSatisfy { $0.statement != nil && $0.source != nil })
    #expect(report.nearest?.name == daemon)
    // The second party is there.
    #expect(report.cases.contains { $0.id == "PM-15" && $0.result == "pass" })
  }

  @Test func theTextNamesFailuresAndWhatWasMeasured() throws {
    let result = try PVHCommand(
      ["conformance", "xenstored", "--on", "lab", "--only", "TX-16,RW-01,WA-27"]
    ).finish()
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.text.contains("3 cases"), "\(result.text)")
    #expect(result.text.contains("measured: 2 answers; all are those of"), "\(result.text)")
  }

  @Test func anUnknownCaseIsAnsweredWithTheNearest() throws {
    let result = try PVHCommand(
      ["conformance", "xenstored", "--on", "lab", "--only", "WA-99,RW-01"]
    ).finish()
    #expect(result.status == 99)
    #expect(result.text.contains("only=WA-99: there is no such case; is it WA-"), "\(result.text)")
  }

  @Test func eachFlawPutInByHandIsFound() throws {
    let result = try PVHCommand([
      "run", Checkout.fixture("xs-conformance"), "--on", "lab", "--memory", "16", "--cmdline",
      "selftest=1", "--format", "json",
    ]).finish()
    let report = try JSONDecoder().decode(SelfTest.self, from: result.output)
    #expect(report.cases.count == 18)
    #expect(report.cases.allSatisfy { $0.result == "pass" }, "\(result.text)")
    #expect(result.status == 0, "\(result.errors)")
  }

  private struct SelfTest: Decodable {
    let cases: [Report.Case]
  }

  @Test func theRunnerWithoutPVHGivesTheSameVerdict() throws {
    let lab = try DetachedLab("runner")
    let folder = Checkout.root.appending(path: "guest-runtime/Fixtures/dom0")
    for name in ["xs-peer.sh", "test-xs-conformance"] {
      try lab.copy(folder.appending(path: name).path, to: "/tmp/\(name)")
    }
    try lab.copy(Checkout.fixture("xs-conformance"), to: "/tmp/xs-conformance.elf")
    func run(_ words: String...) throws -> PVHCommand.Result {
      try lab.pvh(["lab", "exec", lab.name, "--", "/tmp/test-xs-conformance"] + words)
    }
    let good = try run("only=RW-01,PM-15")
    #expect(good.status == 0, "\(good.text) \(good.errors)")
    #expect(good.text.contains("\"id\":\"PM-15\",\"level\":\"M\",\"r\":\"pass\""), "\(good.text)")
    let wrong = try run("only=RW-99")
    #expect(wrong.status == 99, "\(wrong.text)")
    #expect(wrong.text.contains("there is no such case"))
    // Nothing stays.
    try lab.wait { try lab.pvh("list", "--quiet").text.isEmpty }
    let left = try lab.pvh(
      "lab", "exec", lab.name, "--", "sh", "-c", "ls /tmp; pidof cat xenstore-watch")
    #expect(!left.text.contains("xs-conformance-"), "\(left.text)")
  }

  @Test func aDaemonThatDiesLeavesAReportUpToThere() throws {
    let lab = try DetachedLab("dying")
    let suite = try lab.command([
      "conformance", "xenstored", "--seed", "0", "--format", "json",
    ])
    let kill = """
      until xenstore-exists /local/domain/1/data/cts/FR-28; do usleep 50000; done
      kill -9 $(cat /run/xenstored.pid)
      """
    #expect(try lab.pvh("lab", "exec", lab.name, "--", "sh", "-c", kill).status == 0)
    let result = suite.finish()
    #expect(result.status == 99, "\(result.text) \(result.errors)")
    let report = try JSONDecoder().decode(Report.self, from: result.output)
    #expect(report.cases.contains { $0.id == "FR-01" && $0.result == "pass" })
    let problem = try #require(report.problem)
    #expect(problem.contains("stopped answering in FR-2"), "\(problem)")
    #expect(report.cases.count < report.planned)
  }

  /// The version of Xen in the lab, as two numbers.
  private static func xenVersion() throws -> String {
    let text = try PVHCommand("lab", "exec", "--", "cat", "/sys/hypervisor/version/minor").finish()
      .text
    return "4.\(text.filter(\.isNumber))"
  }
}
