// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FixtureVerdicts
import HostJSON
import HostSystem
import PVHTargets
import SystemPackage
import XenDomainModel

/// `pvh conformance`: what a part of Xen does, held against its specification.
struct ConformanceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conformance",
    abstract: "Holds a daemon of Xen against its specification, from a guest's side.",
    subcommands: [XenstoredConformance.self])
}

/// `pvh conformance xenstored`: the xenstore daemon of a control domain.
struct XenstoredConformance: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "xenstored",
    abstract: "Runs the conformance suite for xenstored, and reports.",
    discussion: """
      A guest goes through the cases; a script in the control domain is its second party. What breaks \
      the protocol is done by guests of its own, while others have to be served. What a daemon may \
      choose is measured, and compared with the daemons that are known. See docs/xenstored-conformance.md.

      The exit status is 0 if no case failed, 1 if one did, 77 if nothing was looked at, 99 if the run \
      itself failed.

      Examples:
        pvh conformance xenstored --on lab
        pvh conformance xenstored --on ssh://root@host --format junit > report.xml
        pvh conformance xenstored --only WA,TX-05 --seed 7
      """)

  @OptionGroup var target: TargetOptions

  @Option(help: "What builds the guests: libxl or xenguest.")
  var loader: DomainLoader = .standard

  @Option(help: "The cases to run, by id or beginning of id, with commas between them.")
  var only: String?

  @Option(help: "In which order the cases run: a number; 0 for that of the ids.")
  var seed: UInt32 = 1

  @Option(help: "What to print: text, json, tap, junit or github.")
  var format: ConformanceFormat = .text

  @Option(
    help: ArgumentHelp(
      "Where the fixtures are; default: guest-runtime/Fixtures of the checkout.",
      valueName: "folder"), completion: .directory)
  var fixtures: String?

  @Option(
    help: ArgumentHelp("Also write what was measured to a file, as a profile.", valueName: "file"),
    completion: .file())
  var saveProfile: String?

  func validate() throws {
    if target.place == .qemu {
      throw ValidationError("--on qemu has no xenstored; use --on lab")
    }
    let allowed = only?.utf8.allSatisfy { byte in
      UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
        || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ",")
    }
    if let only, allowed == false || only.isEmpty {
      throw ValidationError("--only \(only): give ids such as WA-03, with commas between them")
    }
  }

  func run() throws {
    let fixtures = try FixtureFolder(fixtures.map { FilePath($0) })
    let profiles = try fixtures.profiles()
    let agent = TargetAgent(target.place, for: .attended)
    defer { agent.close() }
    let start = MonotonicTime.now
    let suite = try ConformanceSuite(fixtures, agent, loader: loader, seed: seed)
    let (report, outcome) = try suite.run(only: only)
    let result = ConformanceResult(
      report: report, outcome: outcome, profiles: profiles, xenVersion: suite.xenVersion,
      whereabouts: suite.whereabouts,
      milliseconds: MonotonicTime.now.microseconds(since: start) / 1000)
    try Terminal.write(Array(result.text(in: format).utf8))
    if let saveProfile {
      try File.write(
        String(decoding: result.profile.json.serialisedForPeople(), as: UTF8.self),
        to: FilePath(saveProfile))
    }
    let status = report.conclusion(outcome).0.rawValue
    if status != 0 { throw ExitCode(Int32(status)) }
  }
}

/// The forms of a report.
enum ConformanceFormat: String, CaseIterable, ExpressibleByArgument {
  case text, json, tap, junit, github
}
