// SPDX-License-Identifier: Apache-2.0

public import AgentProtocol
public import HostSystem
public import XenDomainModel

/// What is decided about a supervised guest: which phase it is in, what is done next, and when.
///
/// It does no I/O and reads no clock. Its owner does what ``step(due:)`` says, tells what came of it, and
/// writes the record down whenever that has changed.
public struct SupervisedLife: Equatable, Sendable {
  /// What is to be done for a guest that does not run.
  public enum Step: Equatable, Sendable {
    /// Destroy what is left of the last domain, without waiting for it.
    case removeDomain
    /// Start the guest again.
    case start
    /// Look what the supervisor before this one has left, and go on from there.
    case takeOver
  }

  /// What is to be done with what the supervisor before this one has left.
  public enum Takeover: Equatable, Sendable {
    /// Nothing at once: ``step(due:)`` says when to go on.
    case goOn
    /// Follow the domain, which may never have run.
    case adopt
    /// Destroy the domain, which may be incomplete, and then ask again.
    case destroyDomain
    /// Remove the record: no client was told that the first start had succeeded.
    case forget
  }

  /// Milliseconds between looks whether a destroyed domain is gone.
  public static let destructionInterval = 20
  /// Milliseconds until something that failed is tried again.
  public static let retryInterval = 1000

  /// What is written down of the guest.
  public private(set) var record: DomainRecord
  /// When to go on with a guest that does not run; nil if there is nothing to do.
  public private(set) var nextStep: MonotonicTime?
  /// Whether the destruction of what is left has begun.
  public private(set) var isDestroying = false

  /// The life of a guest that is started for the first time.
  public init(new record: DomainRecord) { self.record = record }

  /// Goes on from the record of the supervisor before this one.
  public init(_ record: DomainRecord, now: MonotonicTime) {
    self.record = record
    switch record.phase {
    case .ended: nextStep = nil
    case .waiting: nextStep = now.adding(milliseconds: record.delayMilliseconds)
    case .creating, .running, .ending: nextStep = now
    }
  }

  /// Whether there is nothing more to do.
  public var isOver: Bool { record.phase == .ended }

  /// What is to be done now; nil if nothing is.
  public func step(due now: MonotonicTime) -> Step? {
    guard let nextStep, now >= nextStep else { return nil }
    switch record.phase {
    case .ending: return .removeDomain
    case .waiting: return .start
    case .creating, .running: return .takeOver
    case .ended: return nil
    }
  }

  // MARK: - What has happened

  /// A domain is going to be built.
  public mutating func begin(uuid: String, logStart: Int, startedAt: Int) {
    // Only a guest that has run before waits for its start.
    if record.phase == .waiting { record.supervision.restartCount &+= 1 }
    nextStep = nil
    record.phase = .creating
    record.uuid = uuid
    record.domainID = nil
    record.logStart = logStart
    record.supervision.startedAt = startedAt
  }

  /// The domain is complete, and is unpaused now.
  public mutating func run(domainID: Int, now: MonotonicTime) {
    record.phase = .running
    record.domainID = domainID
    record.startNanoseconds = now.nanoseconds
    record.supervision.problem = nil
  }

  /// The domain that was found is followed.
  public mutating func adopt() { nextStep = nil }

  /// Starting the guest again has failed, and is tried again later.
  public mutating func startFailed(_ problem: String, now: MonotonicTime) {
    record.supervision.restartCount &-= 1
    record.supervision.problem = problem
    wait(after: nil, now: now)
  }

  public mutating func end(_ outcome: Outcome, now: MonotonicTime) {
    record.supervision.outcome = outcome
    record.supervision.problem = nil
    record.phase = .ending
    nextStep = now
  }

  /// The destruction of the last domain has begun, and goes on.
  public mutating func domainRemains(now: MonotonicTime) {
    isDestroying = true
    nextStep = now.adding(milliseconds: Self.destructionInterval)
  }

  /// Nothing is left of the domain of a guest that has ended: it starts again, or stays ended.
  public mutating func domainIsGone(now: MonotonicTime) {
    isDestroying = false
    let outcome = record.supervision.outcome ?? .destroyedFromOutside
    if RestartRules.startsAgain(record.supervision.restart, after: outcome) {
      wait(after: outcome, now: now)
    } else {
      conclude()
    }
  }

  /// Something failed that is tried again.
  public mutating func failed(now: MonotonicTime) {
    if !isOver { nextStep = now.adding(milliseconds: Self.retryInterval) }
  }

  /// The guest is not to be started again; one that waits for that has ended.
  public mutating func release() {
    record.supervision.restart = .never
    guard record.phase == .waiting else { return }
    record.supervision.problem = nil
    conclude()
  }

  /// Goes on where the supervisor before this one has stopped.
  public mutating func takeOver(domainExists: Bool, now: MonotonicTime) -> Takeover {
    switch record.phase {
    case .waiting, .ending, .ended: break
    case .running:
      if domainExists { return .adopt }
      record.supervision.outcome = .destroyedFromOutside
      conclude()
    case .creating:
      if domainExists { return .destroyDomain }
      guard record.supervision.outcome != nil else {
        conclude()
        return .forget
      }
      record.supervision.problem = "the supervisor ended while it built the domain"
      wait(after: nil, now: now)
    }
    return .goOn
  }

  /// Waits for the next start; without an outcome, the last one has failed.
  private mutating func wait(after outcome: Outcome?, now: MonotonicTime) {
    let start = MonotonicTime(nanoseconds: record.startNanoseconds)
    record.delayMilliseconds = RestartRules.delay(
      previous: record.delayMilliseconds,
      life: outcome == nil ? 0 : now.microseconds(since: start) / 1000, after: outcome)
    record.phase = .waiting
    nextStep = now.adding(milliseconds: record.delayMilliseconds)
  }

  private mutating func conclude() {
    record.phase = .ended
    nextStep = nil
  }
}

/// Whether a guest is started again after its end, and when: arithmetic, no clock.
public enum RestartRules {
  /// Milliseconds that the first restart waits.
  public static let firstDelay = 1000
  /// Milliseconds that no restart waits longer than.
  public static let longestDelay = 60_000
  /// Milliseconds after which a guest that ends counts as one that had started well: its delay begins anew.
  public static let soundLife = 60_000
  /// Milliseconds that a guest has to run for its reboot to be granted at once.
  public static let rebootLife = 1000

  /// Whether the guest is to be started again.
  ///
  /// A guest that was destroyed, or reached its time limit, is not.
  public static func startsAgain(_ policy: RestartPolicy, after outcome: Outcome) -> Bool {
    switch outcome {
    case .rebootRequested: true
    case .crashed: policy != .never
    case .exited, .malformedExitStatus, .otherShutdown: policy == .always
    case .timedOut, .stopped, .destroyedFromOutside: false
    }
  }

  /// Milliseconds until the next start of a guest that ran for `life` milliseconds; `previous` is the delay of the
  /// start before, or 0.
  public static func delay(previous: Int, life: Int, after outcome: Outcome?) -> Int {
    if case .rebootRequested? = outcome, life >= rebootLife { return 0 }
    guard life < soundLife, previous > 0 else { return firstDelay }
    return min(longestDelay / 2, previous) * 2
  }
}
