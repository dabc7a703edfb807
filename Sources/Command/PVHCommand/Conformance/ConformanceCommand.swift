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
    abstract: "Holds daemons and toolstacks of Xen against their specifications.",
    subcommands: [XenstoredConformance.self, ToolstackConformance.self, ConsoleConformance.self])
}

/// What all suites are told.
struct ConformanceOptions: ParsableArguments {
  @OptionGroup var target: TargetOptions

  @Option(help: "The cases to run, by id or beginning of id, with commas between them.")
  var only: String?

  @Option(help: "What to print: text, json, html, tap, junit or github.")
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
      throw ValidationError("--on qemu has no Xen; use --on lab")
    }
    let allowed = only?.utf8.allSatisfy { byte in
      UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
        || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ",")
    }
    if let only, allowed == false || only.isEmpty {
      throw ValidationError("--only \(only): give ids such as WA-03, with commas between them")
    }
  }

  var fixtureFolder: FixtureFolder {
    get throws { try FixtureFolder(fixtures.map { FilePath($0) }) }
  }

  /// Prints a result, keeps its profile if that is wanted, and ends with the status that follows from it.
  func tell(_ result: ConformanceResult) throws {
    try Terminal.write(Array(result.text(in: format).utf8))
    if let saveProfile {
      try File.write(
        String(decoding: result.profile.json.serialisedForPeople(), as: UTF8.self),
        to: FilePath(saveProfile))
    }
    let status = result.report.conclusion(result.outcome).0.rawValue
    if status != 0 { throw ExitCode(Int32(status)) }
  }
}

/// The forms of a report.
enum ConformanceFormat: String, CaseIterable, ExpressibleByArgument {
  case text, json, html, tap, junit, github
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

  @OptionGroup var options: ConformanceOptions

  @Option(help: "What builds the guests: libxl or xenguest.")
  var loader: DomainLoader = .standard

  @Option(help: "In which order the cases run: a number; 0 for that of the ids.")
  var seed: UInt32 = 1

  func run() throws {
    let fixtures = try options.fixtureFolder
    let profiles = try fixtures.profiles(of: "xenstored")
    let agent = TargetAgent(options.target.place, for: .attended)
    defer { agent.close() }
    let start = MonotonicTime.now
    let suite = try XenstoredSuite(fixtures, agent, loader: loader, seed: seed)
    let (report, outcome) = try suite.run(only: options.only)
    try options.tell(
      ConformanceResult(
        report: report, outcome: outcome, profiles: profiles,
        subject: "xenstored of Xen \(suite.xenVersion)", xenVersion: suite.xenVersion,
        whereabouts: suite.whereabouts,
        milliseconds: MonotonicTime.now.microseconds(since: start) / 1000))
  }
}

/// `pvh conformance toolstack`: what makes the domains of a control domain.
struct ToolstackConformance: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "toolstack",
    abstract: "Runs the conformance suite for toolstacks, and reports.",
    discussion: """
      A script in the control domain makes some fifty small domains with the toolstack, and looks at \
      them from inside and outside: registers and memory at the start, command lines and modules, \
      xenstore, every way to end, and what is left. It takes some minutes. \
      See docs/toolstack-conformance.md.

      libvirt is asked by virsh, and pvh has to be installed there. The exit status is 0 if no case \
      failed, 1 if one did, 77 if nothing was looked at, 99 if the run itself failed.

      Examples:
        pvh conformance toolstack --on lab
        pvh conformance toolstack --on ssh://root@host --subject libvirt --format html > report.html
        pvh conformance toolstack --only TS-44,TS-5
      """)

  /// The toolstacks that the script can ask.
  enum Subject: String, CaseIterable, ExpressibleByArgument {
    case xl, libvirt, pvh
  }

  @OptionGroup var options: ConformanceOptions

  @Option(help: "The toolstack to test: xl, libvirt or pvh.")
  var subject: Subject = .xl

  @Option(
    help: ArgumentHelp(
      "Seconds that a core dump may take, minutes in a lab; 0 leaves it out.", valueName: "seconds")
  )
  var coreTime: UInt16 = 0

  func run() throws {
    try ScriptedSuite.toolstack.run(
      options, arguments: [subject.rawValue, "patience=\(coreTime)"])
  }
}

/// `pvh conformance console`: the console daemon of a control domain.
struct ConsoleConformance: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "console",
    abstract: "Runs the conformance suite for console daemons, and reports.",
    discussion: """
      A script in the control domain starts guests that print, read, flood their consoles and break \
      the protocol, and reads their terminals. See docs/console-conformance.md.

      The exit status is 0 if no case failed, 1 if one did, 77 if nothing was looked at, 99 if the run \
      itself failed.

      Examples:
        pvh conformance console --on lab --restart-daemon
        pvh conformance console --only CO-03,CO-12 --format json
      """)

  @OptionGroup var options: ConformanceOptions

  @Flag(
    help: "Also end and start the daemon, which costs all guests there their terminals.")
  var restartDaemon = false

  func run() throws {
    try ScriptedSuite.console.run(options, arguments: ["restart=\(restartDaemon ? 1 : 0)"])
  }
}
