// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainSupervision
import HostSystem
import XenToolstack

extension SupervisedDomain {
  /// Does what is due: reads the console, notices the end of the guest, and takes one step for a guest that does
  /// not run, unless another domain has had this turn's.
  ///
  /// - Throws: when xenstored is gone: only a new process can connect again.
  func advance(now: MonotonicTime, mayStep: inout Bool) throws(ToolstackError) -> News {
    var news = News()
    do throws(ToolstackError) {
      if mayStep, let step = life.step(due: now) {
        mayStep = false
        try take(step)
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
      // A run is advanced again anyhow.
      if hosted == nil {
        life.failed(now: .now)
        news.problem = error
      }
    }
    return news
  }

  /// Reads how the guest has ended, and writes it down; its domain is not needed any more then.
  private func end(_ ending: RunEnding) throws(ToolstackError) -> Outcome? {
    guard let hosted else { return nil }
    let outcome = try host.outcome(of: hosted.domain, ending)
    hosted.detach()
    self.hosted = nil
    life.end(outcome, now: .now)
    try save()
    return outcome
  }

  private func take(_ step: SupervisedLife.Step) throws(ToolstackError) {
    switch step {
    case .removeDomain: try removeDomain()
    case .start: restart()
    case .takeOver: try takeOver()
    }
  }

  private func removeDomain() throws(ToolstackError) {
    if let domain = try remainingDomain() {
      if !life.isDestroying { try host.beginDestroying(domain) }
      return life.domainRemains(now: .now)
    }
    if let number = record.domainID { try host.finishDestroying(number: number) }
    life.domainIsGone(now: .now)
    try save()
  }

  private func restart() {
    do throws(ToolstackError) {
      try start()
    } catch {
      life.startFailed(error.message, now: .now)
      bestEffort { () throws(ToolstackError) in try save() }
    }
  }

  /// Goes on where the supervisor before this one has stopped.
  ///
  /// - Throws: when that is not possible now; the record stays as it is.
  private func takeOver() throws(ToolstackError) {
    let domain = try remainingDomain()
    var takeover = life.takeOver(domainExists: domain != nil, now: .now)
    if takeover == .destroyDomain, let domain {
      try host.destroy(domain)
      takeover = life.takeOver(domainExists: false, now: .now)
    }
    switch takeover {
    case .adopt: if let domain { try adopt(domain) }
    case .forget: try explaining { () throws(SupervisionError) in try folder.remove(name) }
    case .goOn, .destroyDomain: try save()
    }
  }

  private func adopt(_ domain: Domain) throws(ToolstackError) {
    let hosted = LiveDomain(
      adopting: domain, builder: record.request.builder(on: host), host: host)
    do throws(ToolstackError) {
      try hosted.attach()
      // A domain without processor time was not unpaused before the supervisor ended.
      if try host.hasNeverRun(domain) { try host.unpause(domain) }
    } catch {
      // The guest goes on running.
      hosted.detach()
      throw error
    }
    life.adopt()
    hosted.follow(
      since: MonotonicTime(nanoseconds: record.startNanoseconds), received: lifeByteCount,
      timeLimitMilliseconds: record.request.timeLimitMilliseconds)
    self.hosted = hosted
  }
}
