// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import HostSystem
import Supervision
import XenToolstack

/// Waits for the end, or the restart, of a guest that may be supervised.
///
/// One cheap look now and then, so that no news can be missed.
final class DomainWait {
  /// What is looked at, and until when.
  enum Subject {
    /// A domain, until its guest ends.
    case domain(Domain)
    /// A supervised guest, until it ends for good.
    case end(of: DomainRecord)
    /// A supervised guest, until it has been started anew.
    case restart(of: DomainRecord)
  }

  /// Milliseconds between looks.
  private static let interval = 20

  private let action: DomainAction
  private let subject: Subject
  /// When to look again.
  private(set) var nextLook = MonotonicTime.now
  private let deadline: MonotonicTime?
  /// Identities of the domains whose guests have been asked to end.
  private var asked: Set<String> = []

  /// Begins to wait; `asked` is the identity of the domain whose guest has been asked to end, if any.
  init(_ action: DomainAction, _ subject: Subject, asked: String? = nil) {
    self.action = action
    self.subject = subject
    if let asked { self.asked = [asked] }
    deadline = action.timeLimitMilliseconds.map { MonotonicTime.now.adding(milliseconds: $0) }
  }

  /// Looks whether the guest has ended, if it is time, and reports it; true when nothing more is to be
  /// waited for.
  func advance(_ agent: Agent) -> Bool {
    let now = MonotonicTime.now
    guard now >= nextLook else { return false }
    do throws(ToolstackError) {
      let host = try agent.controlDomain()
      if let outcome = try outcome(host) {
        if case .domain(let domain) = subject, action.verb == .shutdown { try host.destroy(domain) }
        agent.send(.done(outcome))
        return true
      }
      if let deadline, now >= deadline {
        agent.fail(.act, .timedOut, timeoutMessage)
        return true
      }
      nextLook = now.adding(milliseconds: Self.interval)
      return false
    } catch {
      agent.fail(.act, error)
      return true
    }
  }

  private func outcome(_ host: ControlDomain) throws(ToolstackError) -> Outcome? {
    switch subject {
    case .domain(let domain): return try host.outcome(of: domain)
    case .end(let old):
      guard let record = try current(old) else { return .destroyedFromOutside }
      if record.phase == .ended { return try end(record) }
      if action.verb == .shutdown { try ask(record, host) }
      return nil
    case .restart(let old):
      guard let record = try current(old) else {
        throw ToolstackError(
          .noSuchDomain, "\"\(action.domain)\" was destroyed before it was started again")
      }
      if record.phase == .ended {
        let end = try end(record)
        throw ToolstackError(
          .other,
          "the guest of \"\(action.domain)\" ended (\(end)) instead of asking for a reboot: it does "
            + "not obey the request, or it had ended before; start it anew with pvh run --detach")
      }
      return record.phase == .running && record.uuid != old.uuid ? .rebootRequested : nil
    }
  }

  /// Asks a guest that was being rebooted when the one before it was asked.
  private func ask(_ record: DomainRecord, _ host: ControlDomain) throws(ToolstackError) {
    guard record.phase == .running, !asked.contains(record.uuid),
      let uuid = DomainUUID(hexadecimal: record.uuid), let domain = try host.domain(with: uuid)
    else { return }
    try host.request(.powerOff, of: domain)
    asked.insert(record.uuid)
  }

  private func current(_ record: DomainRecord) throws(ToolstackError) -> DomainRecord? {
    try explaining { () throws(SupervisionError) in
      try SupervisionFolder.standard.record(of: record.request.name)
    }
  }

  private func end(_ record: DomainRecord) throws(ToolstackError) -> Outcome {
    if let outcome = record.supervision.outcome { return outcome }
    throw ToolstackError(.other, record.supervision.problem ?? "the guest never ran")
  }

  private var timeoutMessage: String {
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
