// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import FixtureVerdicts
import HostSystem
import SystemPackage
import XenDomainModel

/// A suite that is a script in the control domain, with guests of its own.
struct ScriptedSuite {
  /// The script's name without `test-`, which is the folder of its profiles, too.
  private let name: String
  /// The scripts that it reads, in `conformance/`.
  private let parts: [String]
  private let guests: [String]
  /// The longest that it may take, in seconds, without what it is told to wait for.
  private let limit: Int

  /// What makes domains.
  static let toolstack = ScriptedSuite(
    name: "toolstack",
    parts: [
      "clean", "domains", "subject-libvirt", "subject-pvh", "subject-xl", "toolstack-launch",
      "toolstack-life", "verdict",
    ],
    guests: [
      "end", "idle", "memory-touch", "report", "shutdown-ack", "shutdown-ack-never",
      "shutdown-ignore", "shutdown-refuse", "triple-fault",
    ], limit: 3600)

  /// What serves consoles.
  static let console = ScriptedSuite(
    name: "console",
    parts: ["clean", "console-cases", "console-restarts", "domains", "subject-xl", "verdict"],
    guests: [
      "console-binary", "console-echo", "console-flood", "console-hostile", "console-no-reader",
      "end", "hello-exit", "idle", "report",
    ], limit: 900)

  /// Unpacks what is on standard input, and runs a script of it with the arguments. The script removes the folder,
  /// even when it is killed.
  private static let unpack = """
    folder=$(mktemp -d) && cd "$folder" && tar xf - || exit 99
    script=$1
    shift
    PVH_CARRIED=$folder exec sh "$folder/bin/$script" "$@"
    """

  /// Runs it on the target that the options name, and tells what came of it.
  func run(_ options: ConformanceOptions, arguments: [String]) throws {
    let fixtures = try options.fixtureFolder
    let profiles = try fixtures.profiles(of: name)
    let archive = try files(fixtures).archive
    let signals = try SignalDescriptor(AttendedTerminal.signals)
    let agent = TargetAgent(options.target.place, for: .attended)
    defer { agent.close() }
    let start = MonotonicTime.now
    let connection = try agent.connect(loader: .xenguest)
    var words = ["sh", "-c", Self.unpack, "sh", "test-\(name)"] + arguments
    if let only = options.only { words.append("only=\(only)") }
    if options.target.place.isHere {
      words = ["env", "PVH=\(try File.ownPath())"] + words
    }
    let output = try run(
      ExecuteRequest(arguments: words, timeLimitMilliseconds: limit * 1000, input: archive),
      on: connection, signals: signals)
    let (report, outcome) = Self.report(output)
    try options.tell(
      ConformanceResult(
        report: report, outcome: outcome, profiles: profiles,
        subject: report.text.first ?? name, xenVersion: connection.information.xenVersion,
        whereabouts: connection.whereabouts,
        milliseconds: MonotonicTime.now.microseconds(since: start) / 1000))
  }

  private func files(_ fixtures: FixtureFolder) throws(Problem) -> CarriedFiles {
    var files = CarriedFiles()
    let script = "test-\(name)"
    files.add("bin/\(script)", Array(try fixtures.script(script).utf8), isExecutable: true)
    for part in parts.map({ "conformance/\($0).sh" }) {
      files.add("bin/\(part)", Array(try fixtures.script(part).utf8))
    }
    for guest in guests {
      files.add("elf/\(guest).elf", try File.read(fixtures.image(guest), limit: 16 << 20))
    }
    return files
  }

  /// Runs a program in the control domain; a signal to us ends it there.
  private func run(
    _ request: ExecuteRequest, on connection: AgentConnection, signals: borrowing SignalDescriptor
  ) throws(Problem) -> CommandOutput {
    try connection.ask { client throws(AgentError) in try client.send(.execute(request)) }
    while true {
      let activity = try connection.ask { client throws(AgentError) in
        try client.next(
          watching: [signals.descriptor],
          timeoutMilliseconds: request.timeLimitMilliseconds + 60_000)
      }
      switch activity {
      case .event(.output(let output)): return output
      case .event(.failed(let failure)): throw Problem(failure)
      case .event: continue
      case .readable:
        guard let signal = signals.take() else { continue }
        throw Problem("interrupted", status: .interrupted(bySignal: signal))
      case .timedOut: throw Problem("\(connection.whereabouts) does not answer")
      }
    }
  }

  /// What the script said, and how it ended.
  static func report(_ output: CommandOutput) -> (VerdictReport, GuestOutcome) {
    let report = VerdictReport(console: output.standardOutput)
    let complaint = String(decoding: output.standardError, as: UTF8.self)
      .split(separator: "\n").last.map(String.init)
    switch output.ending {
    case .exited(let status) where report.planned != nil || status == 77:
      if status == 77, let complaint { Terminal.complain("pvh: \(complaint)") }
      return (report, .exited(status))
    case .exited(let status):
      return (report, .other(complaint ?? "the script ended with status \(status)"))
    case .signalled(let signal): return (report, .other("the script died of signal \(signal)"))
    case .timedOut: return (report, .other("the script did not end in time"))
    }
  }
}
