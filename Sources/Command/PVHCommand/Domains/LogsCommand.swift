// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser
import Glibc
import HostSystem
import SystemPackage

/// `pvh logs`: what a detached guest has printed.
struct LogsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs",
    abstract: "Prints what the guest of a detached domain has printed.",
    discussion: """
      The last MiB is kept, over all restarts, and until pvh destroy also after the guest's end.

      Examples:
        pvh logs web --tail 20
        pvh logs web --follow     keep printing until the guest ends or Ctrl-C
      """)

  @Argument(
    help: "Name or number of the domain.",
    completion: .custom { words, _, _ in DomainNames.all(words) })
  var domain: String

  @Option(help: "Only so many lines, from the end.")
  var tail: Int?

  @Flag(name: .shortAndLong, help: "Go on with what the guest prints from now on.")
  var follow = false

  @OptionGroup var target: TargetOptions

  func validate() throws {
    if let tail, tail < 0 { throw ValidationError("--tail \(tail): give a number of lines") }
  }

  func run() throws {
    let agent = try target.place.connect(for: .lasting)
    defer { agent.close() }
    let signals = try SignalDescriptor([SIGINT, SIGTERM, SIGHUP])
    let request = LogRequest(domain: domain, lineCount: tail, follows: follow)
    try agent.ask { client throws(AgentError) in try client.send(.logs(request)) }
    var sawReport = CrashReportFinder()
    while true {
      let activity = try agent.ask { client throws(AgentError) in
        try client.next(watching: [signals.descriptor])
      }
      switch activity {
      case .event(.console(let bytes)):
        sawReport.look(at: bytes)
        try Terminal.write(bytes)
      case .event(.done):
        if let report = sawReport.report { Problem(report).report() }
        return
      case .event(.failed(let failure)): throw Problem(failure)
      case .readable:
        guard let signal = signals.take() else { continue }
        // To leave like this is how one leaves.
        throw ExitCode(ExitStatus.interrupted(bySignal: signal).rawValue)
      case .event, .timedOut: continue
      }
    }
  }
}
