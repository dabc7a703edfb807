// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
package import HostSystem
package import XenToolstack

/// Watches a guest that has just been unpaused, while nothing else is done; returns when its first output was
/// in its console page.
package typealias RunObserver =
  (DomainRun<LiveMachine>) throws(ToolstackError) -> MonotonicTime?

/// A guest that ends with the conversation: its domain is built, its console is passed on, and at its end
/// the domain is destroyed.
final class AgentRun {
  /// Milliseconds that a listing for people may take.
  private static let listingLimit = 10_000

  private unowned let agent: Agent
  private let live: LiveDomain
  private var timings = RunTimings()
  /// When the domain was unpaused.
  private var start = MonotonicTime.now
  /// When the guest's first output was in its console page, if that was observed.
  private var firstOutput: MonotonicTime?
  private var isOver = false
  /// The debugger's hold on the guest, if there is one.
  private var debugger: RunDebugger?
  /// Connections of pvh to the guest, made when there is the first.
  private var forwarding: GuestForwarding?
  private let configuration: DomainConfiguration
  /// What the guest notes, if somebody wants to know.
  private var markReader: MarkReader?
  /// The disks that go back, and what is said when they have.
  private var returning: DiskParts
  private var result: RunResult?

  /// Builds the domain, attaches its console, and lets it run.
  init(_ request: RunRequest, agent: Agent) throws(ToolstackError) {
    self.agent = agent
    let image = try agent.files.take(for: request)
    returning = DiskParts(of: request.carriedDisks.filter(\.comesBack), in: image)
    configuration = request.domain
    let host = try agent.controlDomain()
    try request.domain.validate()
    let begin = MonotonicTime.now
    live = try agent.guarded(named: request.name) { uuid throws(ToolstackError) in
      try LiveDomain(
        request.domain, image: image, uuid: uuid, builder: request.builder(on: host), host: host)
    }
    timings.create = MonotonicTime.now.microseconds(since: begin)
    do throws(ToolstackError) {
      try launch(request)
    } catch {
      bestEffort { () throws(ToolstackError) in try live.destroy() }
      agent.releaseIfGone(live.domain.uuid)
      throw error
    }
  }

  private func launch(_ request: RunRequest) throws(ToolstackError) {
    let created = MonotonicTime.now
    agent.send(.created(CreatedDomain(live.domain, request)))
    try live.attach(firstIndex: request.variation?.firstRingIndex ?? 0)
    if request.verbose { agent.send(.note(Self.listing())) }
    if let address = request.markAddress {
      markReader = try? MarkReader(
        live.domain, recordAt: UInt64(address), host: agent.controlDomain())
    }
    // Not while the guest runs, whose first moments are timed.
    agent.listener?.flush()
    if request.isDebugged {
      debugger = RunDebugger(live.domain, host: try agent.controlDomain())
      start = .now
      live.follow(
        since: start, received: 0, timeLimitMilliseconds: request.timeLimitMilliseconds)
    } else {
      start = try live.unpause(timeLimitMilliseconds: request.timeLimitMilliseconds)
    }
    if request.preciseTimings, let observe = agent.observe, let run = live.run {
      firstOutput = try observe(run)
    }
    timings.attach = start.microseconds(since: created)
  }

  private static func listing() -> String {
    let command = Command(
      ExecuteRequest(arguments: ["xl", "list"], timeLimitMilliseconds: listingLimit))
    do {
      let output = try command.runToEnd()
      return String(decoding: output.standardOutput + output.standardError, as: UTF8.self)
    } catch {
      return error.message
    }
  }

  /// Advances the run, and passes on its output; true when it is over.
  func advance() -> Bool {
    if let result { return sendRest(result) }
    guard !isOver, let run = live.run else { return isOver }
    do throws(ToolstackError) {
      try run.advance(outputRoom: agent.outputRoom, now: .now)
      agent.pass(run)
      if run.isRunning { try debugger?.advance(agent) }
      forwarding?.advance(agent)
      if let ending = run.ending { try finish(run, ending) }
    } catch {
      breakOff(error)
    }
    return isOver && result == nil
  }

  /// Sends back what there is room for, and at last the result; true when that was said.
  private func sendRest(_ result: RunResult) -> Bool {
    do throws(ToolstackError) {
      while agent.outputRoom > 0 {
        guard let part = try returning.next() else {
          agent.send(.finished(result))
          return true
        }
        agent.send(.disk(part))
      }
      return false
    } catch {
      agent.fail(.run, error)
      return true
    }
  }

  func add(to waiting: inout PollSet, outputRoom: Int) {
    if result != nil, outputRoom > 0 { waiting.wake(at: .now) }
    guard !isOver, let run = live.run else { return }
    waiting.add(run.interests(outputRoom: outputRoom))
    waiting.wake(at: run.deadline)
    waiting.wake(at: debugger?.nextLook)
    forwarding?.add(to: &waiting, outputRoom: outputRoom)
  }

  /// Takes what pvh says of a connection to the guest.
  func forward(_ part: ForwardedPart) {
    guard !isOver, result == nil, let host = try? agent.controlDomain() else { return }
    let forwarding =
      forwarding
      ?? GuestForwarding(
        to: live.domain, through: configuration.interfaces.first, host: host)
    self.forwarding = forwarding
    forwarding.take(part, agent)
  }

  /// Takes bytes from the debugger.
  func debug(_ bytes: [UInt8]) {
    do throws(ToolstackError) {
      if try debugger?.take(bytes, agent) == .endsRun { stop() }
    } catch {
      breakOff(error)
    }
  }

  /// Adds bytes for the guest's console; false if there is no room for them.
  func enqueue(input bytes: [UInt8]) -> Bool { live.run?.enqueue(input: bytes) ?? true }

  /// Ends the run because pvh asked for it.
  func stop() {
    do {
      try live.run?.stop(now: .now)
    } catch {
      breakOff(error)
    }
  }

  /// Destroys the domain of a guest that has ended, and reports.
  private func finish(_ run: DomainRun<LiveMachine>, _ ending: RunEnding) throws(ToolstackError) {
    let outcome = try agent.controlDomain().outcome(of: live.domain, ending)
    debugger?.end(outcome, agent)
    let drained = MonotonicTime.now
    let result = RunResult(
      outcome: outcome, producedByteCount: run.producedByteCount.map { Int(clamping: $0) },
      deliveredByteCount: Int(clamping: run.receivedByteCount))
    forwarding?.conclude(agent)
    timings.marks = markReader?.marks(since: start)
    let looked = MonotonicTime.now
    try abandon()
    let stop = run.stopTime ?? drained
    timings.unpauseToFirstByte = run.firstByteTime?.microseconds(since: start)
    timings.unpauseToFirstOutput = firstOutput?.microseconds(since: start)
    if case .shutDown = ending { timings.unpauseToShutdown = stop.microseconds(since: start) }
    timings.drain = drained.microseconds(since: stop)
    timings.destroy = MonotonicTime.now.microseconds(since: looked)
    agent.send(.timings(timings))
    if returning.isEmpty { agent.send(.finished(result)) } else { self.result = result }
  }

  /// Destroys the domain after an error, and reports the error.
  private func breakOff(_ error: ToolstackError) {
    bestEffort { () throws(ToolstackError) in try abandon() }
    agent.fail(.run, error)
  }

  /// Destroys the domain in whatever state it is. If that fails, the cleanup process stays responsible for the domain.
  func abandon() throws(ToolstackError) {
    guard !isOver else { return }
    isOver = true
    // It may have mapped some of the domain's memory, which would keep it.
    debugger = nil
    forwarding = nil
    try live.destroy()
    agent.cleanup.end()
  }
}

extension Agent {
  /// Passes on what came of a run's console.
  func pass(_ run: DomainRun<LiveMachine>) {
    let bytes = run.takeOutput()
    if !bytes.isEmpty { send(.console(bytes)) }
    let accepted = run.takeAcceptedInput()
    if accepted > 0 { send(.inputAccepted(accepted)) }
  }
}
