// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import Glibc
import HostSystem
import SystemPackage
import XenDomainModel

/// One guest, from its files to its exit status.
struct GuestRun {
  let agent: AgentConnection
  let name: String
  let verbose: Bool
  /// What is odd about the launch, if it is to be.
  var variation: LaunchVariation?
  /// The image that is run, if it is on this machine.
  var image: FilePath?
  /// The guest's report in what it has printed.
  var sawReport = CrashReportFinder()
  private(set) var timings: RunTimings?
  private(set) var domainID: Int?
  /// What has taken its time so far, and who wants to know at the end.
  var clock = TimelineClock()
  var showTimeline: ((RunTimeline) -> Void)?
  /// The console's output, kept for a report in place of being shown.
  var kept: [UInt8]?
  /// Ports of this machine that lead to the guest, if there are any.
  var ports: PublishedPorts?
  /// Where a debugger connects, if one is wanted, and what to type for that.
  var debugger: (door: DebuggerDoor, invitation: DebuggerInvitation)?

  init(agent: AgentConnection, name: String, verbose: Bool) {
    self.agent = agent
    self.name = name
    self.verbose = verbose
  }

  /// Runs the guest; its console goes to standard output, standard input to its console.
  mutating func perform(
    _ files: RunFiles, timeout: Double?, terminal: AttendedTerminal,
    signals: borrowing SignalDescriptor
  ) throws(Problem) -> ExitStatus {
    let request = files.request(
      timeout: timeout, verbose: verbose, isDebugged: debugger != nil,
      wantsMarks: showTimeline != nil, variation: variation)
    explain("Xen \(agent.information.xenVersion), \(agent.whereabouts)")
    var returned = files.disks.returned()
    try agent.ask { client throws(AgentError) in
      try files.disks.send(to: client)
      try client.start(request, kernel: files.image, module: files.modules?.bytes)
    }
    defer { terminal.restore() }
    let result = try waitForEnd(signals, terminal, &returned)
    ports?.conclude()
    terminal.restore()
    try returned.finish()
    report(result)
    return try status(of: result.outcome)
  }

  private mutating func waitForEnd(
    _ signals: borrowing SignalDescriptor, _ terminal: AttendedTerminal,
    _ returned: inout ReturnedDisks
  ) throws(Problem) -> RunResult {
    var input = ConsoleInput()
    var end: EarlyEnd?
    while true {
      try agent.ask { client throws(AgentError) in
        try client.send(input: input.take(room: client.inputRoom))
      }
      let watched =
        [signals.descriptor] + (debugger?.door.watched ?? [])
        + (ports.map { [$0.descriptor] } ?? [])
        + input.watched(hasKeys: terminal.isRaw)
      let patience = end == nil ? nil : 10_000
      let activity = try agent.ask { client throws(AgentError) in
        try client.next(watching: watched, timeoutMilliseconds: patience)
      }
      switch activity {
      case .event(.finished(let result)):
        if let end {
          try returned.finish()
          throw end.reason
        }
        return result
      case .event(.disk(let part)): try returned.take(part)
      case .event(.console(let bytes)):
        sawReport.look(at: bytes)
        guard kept == nil else {
          kept?.append(contentsOf: bytes)
          continue
        }
        terminal.prepare(for: bytes)
        do throws(Problem) {
          try Terminal.write(bytes)
        } catch {
          // The guest prints on until it is destroyed.
          guard end == nil else { continue }
          end = EarlyEnd(reason: error)
          try agent.ask { client throws(AgentError) in try client.send(.stop) }
        }
      case .event(let event): try handle(event)
      case .readable(signals.descriptor):
        guard let signal = signals.take(), !terminal.follows(signal) else { continue }
        try interrupt(by: signal, &end, losing: returned.missing)
      case .readable(let descriptor) where debugger?.door.owns(descriptor) == true:
        guard let bytes = debugger?.door.take(from: descriptor) else { continue }
        try agent.ask { client throws(AgentError) in try client.send(.debug(bytes)) }
      case .readable(let descriptor) where descriptor == ports?.descriptor:
        try agent.ask { client throws(AgentError) in try ports?.advance(client) }
      case .readable:
        let keys = terminal.sort(input.read())
        input.keep(keys.forGuest)
        guard keys.endsRun else { continue }
        try interrupt(by: SIGINT, &end, losing: returned.missing)
      case .timedOut:
        throw Problem("the domain \(name) could not be destroyed within 10 s")
      }
    }
  }

  /// Why the run is over before the guest is.
  private struct EarlyEnd {
    let reason: Problem
    /// Until when another interrupt is taken for the same: timeout(1) signals its child, and then their group.
    let isOneUntil = MonotonicTime.now.adding(milliseconds: 1000)
  }

  /// Asks for a clean end; the second time it is not waited for.
  private func interrupt(
    by signal: Int32, _ end: inout EarlyEnd?, losing missing: String?
  ) throws(Problem) {
    if let end {
      guard .now >= end.isOneUntil else { return }
      throw missing.map {
        Problem("interrupted again; \($0)", status: .interrupted(bySignal: signal))
      } ?? end.reason
    }
    end = EarlyEnd(reason: Problem(interruptedBySignal: signal))
    try agent.ask { client throws(AgentError) in try client.send(.stop) }
  }

  private mutating func handle(_ event: Event) throws(Problem) {
    switch event {
    case .created(let domain):
      domainID = domain.domainID
      clock.created()
      explain("domain \(domain.domainID) \"\(domain.name)\", \(domain.memoryKiB) KiB, paused")
      debugger?.invitation.announce()
      for line in ports?.announcements(ofChosenPorts: true) ?? [] {
        Terminal.complain("pvh: \(line)")
      }
      ports?.begin()
    case .debug(let bytes): debugger?.door.send(bytes)
    case .forward(let part):
      try agent.ask { client throws(AgentError) in try ports?.take(part, client) }
    case .note(let text): if verbose { Terminal.draw(text) }
    case .timings(let timings):
      self.timings = timings
      clock.add(timings)
    case .failed(let failure): throw Problem(failure)
    default: break
    }
  }
}

extension GuestRun {
  /// What pvh exits with after this outcome; says on standard error what the guest did not say.
  func status(of outcome: Outcome) throws(Problem) -> ExitStatus {
    switch outcome {
    case .exited(let status):
      let reported = min(status, ExitStatus.largestOfGuest)
      if reported != status {
        Terminal.complain(
          "pvh: the guest exited with \(status); statuses above \(reported) are pvh's own")
      }
      return ExitStatus(rawValue: Int32(reported))
    case .malformedExitStatus(let seen):
      throw Problem(
        "the guest wrote \"\(seen)\" to data/exit-status; it should be a number from 0 to 255")
    case .crashed:
      guard let report = sawReport.report else {
        throw Problem("the guest crashed", status: .crashed, details: lastWords)
      }
      throw Problem(report, image: image)
    case .timedOut:
      throw Problem("the time limit came before the guest's end", status: .timedOut)
    case .rebootRequested:
      throw Problem(
        "the guest requested a reboot; only pvh run --detach restarts guests",
        status: .rebootWanted)
    case .otherShutdown(let reason):
      throw Problem("the guest shut down with Xen's reason \(reason)")
    case .stopped:
      throw Problem("the guest was stopped")
    case .destroyedFromOutside:
      throw Problem("someone else destroyed the domain \(name)")
    }
  }

  /// Says where the time went, and whether output went missing.
  func report(_ result: RunResult) {
    if let produced = result.producedByteCount, produced != result.deliveredByteCount {
      Terminal.complain(
        "pvh: the guest printed \(produced) bytes, of which \(result.deliveredByteCount) arrived")
    }
    guard let timings else { return }
    showTimeline?(clock.timeline)
    let parts = [
      ("create", timings.create), ("attach", timings.attach),
      ("unpause to first byte", timings.unpauseToFirstByte),
      ("unpause to shutdown", timings.unpauseToShutdown), ("drain", timings.drain),
      ("destroy", timings.destroy),
    ]
    explain(
      parts.compactMap { part in part.1.map { "\(part.0) \(Self.milliseconds($0))" } }
        .joined(separator: ", "))
  }

  /// Says something that was only asked for with `--verbose`.
  func explain(_ text: String) {
    if verbose { Terminal.complain("pvh: \(text)") }
  }

  /// What Xen's log says about a guest, for one that left no report on its own console.
  private var lastWords: [String] {
    guard let domainID else { return [] }
    return agent.xenLog?.lines(about: domainID) ?? []
  }

  private static func milliseconds(_ microseconds: Int) -> String {
    "\(microseconds / 1000).\(microseconds / 100 % 10) ms"
  }
}
