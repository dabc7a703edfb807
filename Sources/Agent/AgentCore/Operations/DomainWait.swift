// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainSupervision
import HostSystem
import XenToolstack

/// Waits for the end, or the restart, of a guest that may be supervised.
final class DomainWait {
  enum Subject {
    /// A domain, until its guest ends.
    case domain(Domain)
    /// A supervised guest, until it ends for good.
    case end(of: DomainRecord)
    /// A supervised guest, until it has been started anew.
    case restart(of: DomainRecord)
  }

  private let subject: Subject
  private var rules: WaitRules

  /// Begins to wait; `asked` is the identity of the domain whose guest has been asked to end, if any.
  init(_ action: DomainAction, _ subject: Subject, asked: String? = nil) {
    self.subject = subject
    let rule: WaitRules.Subject =
      switch subject {
      case .domain: .domain
      case .end: .end
      case .restart(let record): .restart(after: record.uuid)
      }
    rules = WaitRules(action, rule, asked: asked, now: .now)
  }

  /// When to look again.
  var nextLook: MonotonicTime { rules.nextLook }

  /// Looks whether the guest has ended, if it is time, and reports it; true when nothing more is to be
  /// waited for.
  func advance(_ agent: Agent) -> Bool {
    let now = MonotonicTime.now
    guard now >= nextLook else { return false }
    do throws(ToolstackError) {
      let host = try agent.controlDomain()
      switch try look(host, now: now) {
      case .waiting: return false
      case .ask(let identity):
        try ask(identity, host)
        return false
      case .over(let outcome):
        if case .domain(let domain) = subject, rules.action.verb == .shutdown {
          try host.destroy(domain)
        }
        agent.send(.done(outcome))
      case .timedOut: agent.fail(.act, .timedOut, rules.timeoutMessage)
      }
    } catch {
      agent.fail(.act, error)
    }
    return true
  }

  private func look(_ host: ControlDomain, now: MonotonicTime) throws(ToolstackError)
    -> WaitRules.Verdict
  {
    switch subject {
    case .domain(let domain): return rules.judge(try host.outcome(of: domain), now: now)
    case .end(let old), .restart(let old):
      let record = try explaining { () throws(SupervisionError) in
        try SupervisionFolder.standard.record(of: old.request.name)
      }
      return try rules.judge(record, now: now)
    }
  }

  /// Asks a guest that was being rebooted when the one before it was asked.
  private func ask(_ identity: String, _ host: ControlDomain) throws(ToolstackError) {
    guard let uuid = DomainUUID(hexadecimal: identity), let domain = try host.domain(with: uuid)
    else { return }
    try host.request(.powerOff, of: domain)
    rules.hasAsked(identity)
  }
}
