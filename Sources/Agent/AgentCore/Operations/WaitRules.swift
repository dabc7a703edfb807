// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import HostSystem
import XenToolstack

/// What is decided while somebody waits for a guest: when to look at it, and what follows from what is seen.
/// No I/O and no clock; `DomainWait` looks.
struct WaitRules {
  enum Subject {
    /// The end of a guest without a supervisor.
    case domain
    /// The end of a supervised guest for good.
    case end
    /// A new start of a supervised guest, which had this identity until now.
    case restart(after: String)
  }

  /// What follows from a look.
  enum Verdict: Equatable {
    case waiting
    /// The guest of this identity was started after the one that was asked to end: it is to be asked, too.
    case ask(String)
    /// The guest has ended, or been started anew.
    case over(Outcome)
    case timedOut
  }

  /// Milliseconds between looks. They are cheap, and no news can be missed.
  static let interval = 20

  let action: DomainAction
  let subject: Subject
  /// When to look again.
  private(set) var nextLook: MonotonicTime
  private let deadline: MonotonicTime?
  /// Identities of the domains whose guests have been asked to end.
  private var asked: Set<String> = []

  /// Begins to wait; `asked` is the identity of the domain whose guest has been asked to end, if any.
  init(_ action: DomainAction, _ subject: Subject, asked: String? = nil, now: MonotonicTime) {
    self.action = action
    self.subject = subject
    nextLook = now
    deadline = action.timeLimitMilliseconds.map { now.adding(milliseconds: $0) }
    if let asked { self.asked = [asked] }
  }

  /// Judges how the guest of an unsupervised domain has ended, if it has.
  mutating func judge(_ outcome: Outcome?, now: MonotonicTime) -> Verdict {
    if let outcome { return .over(outcome) }
    return goOn(now: now)
  }

  /// Judges the record of a supervised guest; nil if it was destroyed.
  mutating func judge(_ record: DomainRecord?, now: MonotonicTime) throws(ToolstackError) -> Verdict
  {
    switch subject {
    case .domain: return goOn(now: now)
    case .end:
      guard let record else { return .over(.destroyedFromOutside) }
      if record.phase == .ended { return .over(try end(of: record)) }
      let verdict = goOn(now: now)
      guard verdict == .waiting, action.verb == .shutdown, record.phase == .running,
        !asked.contains(record.uuid)
      else { return verdict }
      return .ask(record.uuid)
    case .restart(let old):
      guard let record else {
        throw ToolstackError(
          .noSuchDomain, "\"\(action.domain)\" was destroyed before it was started again")
      }
      if record.phase == .ended {
        let end = try end(of: record)
        throw ToolstackError(
          .other,
          "the guest of \"\(action.domain)\" ended (\(end)) instead of asking for a reboot: it does "
            + "not obey the request, or it had ended before; start it anew with pvh run --detach")
      }
      if record.phase == .running, record.uuid != old { return .over(.rebootRequested) }
      return goOn(now: now)
    }
  }

  /// The guest of this identity has been asked to end.
  mutating func hasAsked(_ identity: String) { asked.insert(identity) }

  private mutating func goOn(now: MonotonicTime) -> Verdict {
    if let deadline, now >= deadline { return .timedOut }
    nextLook = now.adding(milliseconds: Self.interval)
    return .waiting
  }

  private func end(of record: DomainRecord) throws(ToolstackError) -> Outcome {
    if let outcome = record.supervision.outcome { return outcome }
    throw ToolstackError(.other, record.supervision.problem ?? "the guest never ran")
  }

  /// What people are told when the time is over.
  var timeoutMessage: String {
    let milliseconds = action.timeLimitMilliseconds ?? 0
    let seconds =
      milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
    let isSupervised = if case .domain = subject { false } else { true }
    return switch action.verb {
    case .shutdown:
      "the guest of \"\(action.domain)\" did not power off within \(seconds): give it more time, "
        + "or use destroy\(isSupervised ? " (it is not started again any more)" : "")"
    case .reboot: "the guest of \"\(action.domain)\" did not reboot within \(seconds)"
    default: "\"\(action.domain)\" still runs after \(seconds)"
    }
  }
}
