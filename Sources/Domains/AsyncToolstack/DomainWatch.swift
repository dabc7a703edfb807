// SPDX-License-Identifier: Apache-2.0

import HostSystem
import XenToolstack

/// A task that waits for the end of a domain's guest.
struct DomainWatch {
  typealias Answer = CheckedContinuation<Result<Outcome, ToolstackError>, Never>

  let domain: Domain
  let answer: Answer
}

extension Toolstack {
  /// Milliseconds between looks at domains that are waited for, should no news come.
  private static let lookInterval = 1000

  /// Waits for the end of a domain's guest.
  func wait(for domain: Domain) async throws(ToolstackError) -> Outcome {
    let requestID = RequestID()
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { (answer: DomainWatch.Answer) in
        if Task.isCancelled { return answer.resume(returning: .failure(.waitCancelled)) }
        do throws(ToolstackError) {
          // First the news, then the look: nothing is missed in between.
          try follow()
          if let ending = try host().outcome(of: domain) {
            return answer.resume(returning: .success(ending))
          }
          watches[requestID] = DomainWatch(domain: domain, answer: answer)
        } catch {
          answer.resume(returning: .failure(error))
        }
      }
    } onCancel: {
      Task { await endWatch(requestID) }
    }
    return try result.get()
  }

  private func endWatch(_ requestID: RequestID) {
    watches.removeValue(forKey: requestID)?.answer.resume(returning: .failure(.waitCancelled))
  }

  /// Looks at the domains that are waited for, or at one of them.
  func look(at domain: Domain? = nil) {
    for (requestID, watch) in watches where domain == nil || watch.domain == domain {
      do throws(ToolstackError) {
        guard let ending = try host().outcome(of: watch.domain) else { continue }
        watch.answer.resume(returning: .success(ending))
      } catch {
        watch.answer.resume(returning: .failure(error))
      }
      watches[requestID] = nil
    }
  }

  /// Subscribes to xenstored's news, if nobody has.
  func follow() throws(ToolstackError) {
    guard news == nil else { return }
    let opened = try host().releaseNews()
    newsCount = opened.takeCount()
    news = opened
  }

  /// Destroys a domain, and answers the tasks that wait for it.
  func destroy(_ domain: Domain) throws(ToolstackError) {
    let host = try host()
    // First: a guest that has ended by itself is to be reported as such.
    look(at: domain)
    // Xen keeps a domain as long as its console page is mapped here.
    consoles.removeValue(forKey: domain.uuid)?.close(.success(nil))
    try host.logging { () throws(ToolstackError) in try host.destroy(domain) }
    look(at: domain)
  }

  /// Does what can be done without waiting; returns what to wait for.
  func advance(now: MonotonicTime) -> PollSet {
    var plan = PollSet()
    let count = news?.takeCount() ?? newsCount
    defer { newsCount = count }
    if count != newsCount || nextLook.map({ now >= $0 }) == true {
      look()
      letGoOfDyingDomains()
      nextLook = nil
    }
    for (uuid, console) in consoles {
      console.advance(now: now)
      if console.isOver {
        consoles[uuid] = nil
      } else {
        console.add(to: &plan)
      }
    }
    guard !watches.isEmpty || !consoles.isEmpty else {
      news = nil
      nextLook = nil
      return plan
    }
    let moment = nextLook ?? now.adding(milliseconds: Self.lookInterval)
    nextLook = moment
    plan.wake(at: moment)
    if let descriptor = news?.descriptor { plan.add(descriptor) }
    return plan
  }

  /// Xen keeps a domain as long as its console page is mapped here, and its reader may be busy.
  private func letGoOfDyingDomains() {
    for console in consoles.values {
      let state = try? host().state(of: console.domain)
      if state == .dying || state == .gone { console.run.release() }
    }
  }
}

extension ToolstackError {
  /// What a cancelled task is told.
  fileprivate static var waitCancelled: ToolstackError {
    ToolstackError(.cancelled, "the task that waited for the end of a guest is cancelled")
  }
}
