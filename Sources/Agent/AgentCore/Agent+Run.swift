// SPDX-License-Identifier: Apache-2.0
import AgentProtocol
import XenToolstack

extension Agent {
  /// Milliseconds that a listing for people may take.
  private static let listingLimit = 10_000
  /// Milliseconds that a guest is observed closely, while nothing else is done.
  private static let observationLimit = 250

  /// Builds a domain, attaches its console, and lets it run.
  func start(_ request: RunRequest) {
    guard activeRun == nil else {
      return fail(.run, .badRequest, "a domain of this conversation runs already")
    }
    do {
      activeRun = try launch(request)
    } catch {
      fail(.run, error)
    }
  }

  private func launch(_ request: RunRequest) throws(ToolstackError) -> ActiveRun {
    let image = try files.take(for: request)
    let host = try controlDomain()
    let configuration = DomainConfiguration(request)
    try configuration.validate()
    return try guarded(named: request.name) { uuid throws(ToolstackError) in
      let begin = MonotonicTime.now
      let hosted = try LiveDomain(
        configuration, image: image, uuid: uuid,
        builder: request.builder(on: host), host: host)
      do throws(ToolstackError) {
        return try launch(hosted, request, begin: begin)
      } catch {
        tidy { () throws(ToolstackError) in try hosted.destroy() }
        throw error
      }
    }
  }

  private func launch(_ hosted: LiveDomain, _ request: RunRequest, begin: MonotonicTime)
    throws(ToolstackError) -> ActiveRun
  {
    var timings = RunTimings()
    let created = MonotonicTime.now
    send(.created(CreatedDomain(hosted.domain, request)))
    try hosted.attach()
    if request.verbose { send(.note(listing())) }
    // Not while the guest runs, whose first moments are timed.
    _ = output.flush()
    let start = try hosted.unpause(timeLimitMilliseconds: request.timeLimitMilliseconds)
    if request.preciseTimings {
      try hosted.run?.observeClosely(milliseconds: Self.observationLimit)
    }
    timings.create = created.microseconds(since: begin)
    timings.attach = start.microseconds(since: created)
    return ActiveRun(hosted: hosted, timings: timings, start: start)
  }

  private func listing() -> String {
    let command = Command(
      ExecuteRequest(arguments: ["xl", "list"], timeLimitMilliseconds: Self.listingLimit))
    do {
      let output = try command.runToEnd()
      return String(decoding: output.standardOutput + output.standardError, as: UTF8.self)
    } catch {
      return error.message
    }
  }

  /// Moves the run on, and passes to pvh what came of it.
  func advanceRun() {
    guard let run = activeRun?.hosted.run else { return }
    do {
      try run.advance(outputRoom: outputRoom, now: .now)
    } catch {
      return breakOff(error)
    }
    pass(run)
    if let ending = run.ending { finish(RunSummary(run), ending) }
  }

  /// Ends the run because pvh asked for it.
  func stopRun() {
    guard let run = activeRun?.hosted.run else { return }
    do {
      try run.stop(now: .now)
    } catch {
      breakOff(error)
    }
  }

  /// Destroys the domain of a run that has ended, and reports.
  private func finish(_ summary: RunSummary, _ ending: RunEnding) {
    guard var active = activeRun else { return }
    do {
      let outcome = try controlDomain().outcome(of: active.hosted.domain, ending)
      let drained = MonotonicTime.now
      try abandonRun()
      let stop = summary.stopTime ?? drained
      active.timings.unpauseToFirstByte = summary.firstByteTime?.microseconds(since: active.start)
      active.timings.unpauseToFirstOutput =
        summary.firstOutputTime?.microseconds(since: active.start)
      if case .shutDown = ending {
        active.timings.unpauseToShutdown = stop.microseconds(since: active.start)
      }
      active.timings.drain = drained.microseconds(since: stop)
      active.timings.destroy = MonotonicTime.now.microseconds(since: drained)
      send(.timings(active.timings))
      send(.finished(summary.result(outcome)))
    } catch {
      breakOff(error)
    }
  }

  /// Gives a run up: whatever exists of its domain goes.
  private func breakOff(_ error: ToolstackError) {
    tidy { () throws(ToolstackError) in try abandonRun() }
    fail(.run, error)
  }

  /// Destroys the domain of a run, whatever it is doing.
  ///
  /// If that fails, the cleanup process stays responsible for the domain.
  func abandonRun() throws(ToolstackError) {
    guard let active = activeRun else { return }
    activeRun = nil
    try active.hosted.destroy()
    responsibility.end()
  }
}
