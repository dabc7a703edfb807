// SPDX-License-Identifier: Apache-2.0
import AgentProtocol
import Supervision
import XenToolstack

extension SupervisedDomain {
  /// The guest has ended: what it left is read, its domain goes, and the next start is planned.
  func end(_ ending: RunEnding) throws(ToolstackError) -> Outcome? {
    guard let hosted else { return nil }
    defer { self.hosted = nil }
    let outcome = try host.outcome(of: hosted.domain, ending)
    try hosted.destroy()
    record.supervision.outcome = outcome
    record.supervision.problem = nil
    if RestartRules.startsAgain(record.supervision.restart, after: outcome) {
      wait(after: outcome)
    } else {
      conclude()
    }
    try save()
    return outcome
  }

  /// Starts the guest again; if that fails, it is tried again later.
  func restart() {
    do throws(ToolstackError) {
      try start()
      record.supervision.restartCount += 1
      record.supervision.problem = nil
      try save()
    } catch {
      fail(error)
    }
  }

  /// Something went wrong that was not the guest's doing.
  func fail(_ error: ToolstackError) {
    if let hosted { tidy { () throws(ToolstackError) in try hosted.destroy() } }
    hosted = nil
    record.supervision.problem = error.message
    if record.supervision.restart == .never {
      conclude()
    } else {
      wait(after: nil)
    }
    tidy { () throws(ToolstackError) in try save() }
  }

  /// Goes on where a supervisor that is no more has stopped.
  ///
  /// - Throws: when that cannot be found out; the record stays as it is.
  func resume() throws(ToolstackError) {
    let found = try DomainUUID(hexadecimal: record.uuid).flatMap { (uuid) throws(ToolstackError) in
      try host.domain(with: uuid)
    }
    switch record.phase {
    case .ended: break
    case .waiting: nextStart = MonotonicTime.now.adding(milliseconds: record.delayMilliseconds)
    case .creating:
      // Nobody was told that it exists.
      if let found { try record.request.builder(on: host).destroy(found) }
      fail(ToolstackError(.other, "the supervisor ended while it built the domain"))
    case .running:
      if let found {
        try adopt(found)
      } else {
        record.supervision.outcome = .destroyedFromOutside
        conclude()
        try save()
      }
    }
  }

  private func adopt(_ domain: Domain) throws(ToolstackError) {
    let hosted = HostedDomain(
      adopting: domain, builder: record.request.builder(on: host), host: host)
    try hosted.attach()
    // One that has had no time at all was not unpaused before the supervisor ended.
    if try host.hasNeverRun(domain) { try host.unpause(domain) }
    hosted.follow(
      since: MonotonicTime(nanoseconds: record.startNanoseconds), received: lifeByteCount,
      timeLimitMilliseconds: record.request.timeLimitMilliseconds)
    self.hosted = hosted
  }

  private func wait(after outcome: Outcome?) {
    let now = MonotonicTime.now
    let life = now.microseconds(since: MonotonicTime(nanoseconds: record.startNanoseconds)) / 1000
    record.delayMilliseconds = RestartRules.delay(
      previous: record.delayMilliseconds, life: life, after: outcome)
    record.phase = .waiting
    nextStart = now.adding(milliseconds: record.delayMilliseconds)
  }
}
