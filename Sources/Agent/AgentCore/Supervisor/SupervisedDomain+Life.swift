// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import HostSystem
import Supervision
import XenToolstack

extension SupervisedDomain {
  /// Milliseconds between looks whether a destroyed domain is gone.
  private static var destructionInterval: Int { 20 }
  /// Milliseconds until something that failed is tried again.
  private static var retryInterval: Int { 1000 }

  /// Takes what came of the guest, notices its end, and does what follows from that, if it may.
  ///
  /// - Throws: when xenstored is gone, without which nothing goes on.
  func advance(now: MonotonicTime, mayStep: inout Bool) throws(ToolstackError) -> News {
    var news = News()
    do throws(ToolstackError) {
      if mayStep, let nextStep, now >= nextStep {
        mayStep = false
        try step()
      }
      guard let run else { return news }
      try run.advance(outputRoom: outputRoom(of: run, now: now), now: now)
      news.output = run.takeOutput()
      news.acceptedInput = run.takeAcceptedInput()
      log.append(news.output)
      if let ending = run.ending { news.ending = try end(ending) }
    } catch {
      if error.kind == .xenUnavailable { throw error }
      complain("\(name): \(error.message)")
      // A run looks again by itself; all else is tried again.
      if hosted == nil, !isOver { later(Self.retryInterval) }
      if hosted == nil { news.problem = error }
    }
    return news
  }

  /// The guest has ended: what it left is read and written down, and then its domain may go.
  private func end(_ ending: RunEnding) throws(ToolstackError) -> Outcome? {
    guard let hosted else { return nil }
    let outcome = try host.outcome(of: hosted.domain, ending)
    hosted.detach()
    self.hosted = nil
    record.supervision.outcome = outcome
    record.supervision.problem = nil
    record.phase = .ending
    later(0)
    try save()
    return outcome
  }

  /// Goes on with a guest that does not run.
  private func step() throws(ToolstackError) {
    switch record.phase {
    case .ending: try settle()
    case .waiting: restart()
    case .creating, .running: try resume()
    case .ended: nextStep = nil
    }
  }

  /// Takes the domain of a guest that has ended away, without waiting for it, and plans the next start.
  private func settle() throws(ToolstackError) {
    if let domain = try remainingDomain() {
      if !isDestroying { try host.beginDestroying(domain) }
      isDestroying = true
      return later(Self.destructionInterval)
    }
    if let number = record.domainID { try host.finishDestroying(number: number) }
    isDestroying = false
    let outcome = record.supervision.outcome ?? .destroyedFromOutside
    guard RestartRules.startsAgain(record.supervision.restart, after: outcome) else {
      return try conclude()
    }
    try wait(after: outcome)
  }

  /// Starts the guest again; if that fails, it is tried again later.
  private func restart() {
    record.supervision.restartCount &+= 1
    do throws(ToolstackError) {
      try start()
    } catch {
      record.supervision.restartCount &-= 1
      record.supervision.problem = error.message
      bestEffort { () throws(ToolstackError) in try wait(after: nil) }
    }
  }

  /// Goes on where a supervisor that is no more has stopped.
  ///
  /// - Throws: when that is not possible now; the record stays as it is.
  func resume() throws(ToolstackError) {
    switch record.phase {
    case .ended: break
    case .waiting: later(record.delayMilliseconds)
    case .ending: later(0)
    case .running:
      if let domain = try remainingDomain() { return try adopt(domain) }
      record.supervision.outcome = .destroyedFromOutside
      try conclude()
    case .creating:
      if let domain = try remainingDomain() { try host.destroy(domain) }
      // Of a first start nobody was told that it came to anything.
      guard record.supervision.outcome != nil else {
        record.phase = .ended
        return try explaining { () throws(SupervisionError) in try folder.remove(name) }
      }
      record.supervision.problem = "the supervisor ended while it built the domain"
      try wait(after: nil)
    }
  }

  private func adopt(_ domain: Domain) throws(ToolstackError) {
    let hosted = LiveDomain(
      adopting: domain, builder: record.request.builder(on: host), host: host)
    do throws(ToolstackError) {
      try hosted.attach()
      // One that has had no time at all was not unpaused before the supervisor ended.
      if try host.hasNeverRun(domain) { try host.unpause(domain) }
    } catch {
      // It goes on all the same.
      hosted.detach()
      throw error
    }
    nextStep = nil
    hosted.follow(
      since: MonotonicTime(nanoseconds: record.startNanoseconds), received: lifeByteCount,
      timeLimitMilliseconds: record.request.timeLimitMilliseconds)
    self.hosted = hosted
  }

  /// Waits for the next start; without an outcome, the last one has failed.
  private func wait(after outcome: Outcome?) throws(ToolstackError) {
    let start = MonotonicTime(nanoseconds: record.startNanoseconds)
    let life = outcome == nil ? 0 : MonotonicTime.now.microseconds(since: start) / 1000
    record.delayMilliseconds = RestartRules.delay(
      previous: record.delayMilliseconds, life: life, after: outcome)
    record.phase = .waiting
    later(record.delayMilliseconds)
    try save()
  }

  /// Goes on after so many milliseconds.
  func later(_ milliseconds: Int) {
    nextStep = MonotonicTime.now.adding(milliseconds: milliseconds)
  }
}
