// SPDX-License-Identifier: Apache-2.0

import GuestRuntime
package import XenFrontends
import _Concurrency

/// A task that waits for a condition, a moment, or its cancellation, whichever is first.
@safe package final class Waiter: @unchecked Sendable {
  package enum End {
    case ready, timedOut, cancelled
  }

  /// Looked at before the guest sleeps, and after it has woken: cheap, or the work of a driver that others wait for.
  let isReady: () -> Bool
  private(set) var deadline: SystemTime?
  /// How many milliseconds from the next look on are left; nil if the deadline says it.
  private let patience: UInt64?
  private var continuation: UnsafeContinuation<End, Never>?
  private var isCancelled = false

  private init(
    until deadline: SystemTime?, _ patience: UInt64?, _ isReady: @escaping () -> Bool
  ) {
    self.deadline = deadline
    self.patience = patience
    self.isReady = isReady
  }

  /// Waits until a condition holds.
  ///
  /// - Parameters:
  ///   - deadline: when to give up; nil for never.
  ///   - patience: or how many milliseconds to wait. It spares each of many tasks a look at the clock, which may be
  ///     an exit to Xen.
  ///   - isReady: the condition; it may have an effect when it becomes true, for it is not looked at
  ///     again then.
  /// - Returns: what ended the wait.
  package static func wait(
    until deadline: SystemTime? = nil, atMost patience: UInt64? = nil,
    for isReady: @escaping () -> Bool
  ) async -> End {
    if Task.isCancelled { return .cancelled }
    if isReady() { return .ready }
    let waiter = Waiter(until: deadline, patience, isReady)
    return await withTaskCancellationHandler {
      await unsafe withUnsafeContinuation { continuation in
        unsafe waiter.begin(continuation)
      }
    } onCancel: {
      waiter.cancel()
    }
  }

  private func begin(_ continuation: UnsafeContinuation<End, Never>) {
    // The task may have been cancelled before it came to wait.
    guard !isCancelled else { return unsafe continuation.resume(returning: .cancelled) }
    unsafe self.continuation = unsafe continuation
    Waiters.add(self)
  }

  private func cancel() {
    isCancelled = true
    guard unsafe continuation != nil else { return }
    Waiters.remove(self)
    resume(.cancelled)
  }

  /// Counts its patience from a moment on.
  func begin(at now: SystemTime) { deadline = patience.map { now.advanced(byMilliseconds: $0) } }

  /// Whether its patience is not counted yet.
  var isFresh: Bool { patience != nil && deadline == nil }

  /// Goes on with the task; nothing happens the second time.
  func resume(_ end: End) {
    unsafe continuation?.resume(returning: end)
    unsafe continuation = nil
  }
}

/// All tasks that wait for something other than each other.
package enum Waiters {
  /// By their deadlines, the earliest first; those without one are last.
  nonisolated(unsafe) private static var waiters: [Waiter] = []

  /// Those whose patience is not counted yet.
  nonisolated(unsafe) private static var fresh: [Waiter] = []

  /// Set when a condition has left work undone that no event will announce.
  nonisolated(unsafe) private static var isUnfinished = false

  static func add(_ waiter: Waiter) {
    guard !waiter.isFresh else { return unsafe fresh.append(waiter) }
    let waiters = unsafe waiters
    var (low, high) = (0, waiters.count)
    while low < high {
      let middle = (low + high) / 2
      if waiters[middle].isDue(after: waiter) { high = middle } else { low = middle + 1 }
    }
    unsafe Self.waiters.insert(waiter, at: low)
  }

  static func remove(_ waiter: Waiter) {
    unsafe waiters.removeAll { $0 === waiter }
    unsafe fresh.removeAll { $0 === waiter }
  }

  /// Has all conditions looked at once more before the guest sleeps.
  package static func lookAgain() { unsafe isUnfinished = true }

  /// Whether conditions have to be looked at once more.
  static func takeUnfinished() -> Bool {
    defer { unsafe isUnfinished = false }
    return unsafe isUnfinished
  }

  /// Resumes those whose wait is over, in the order of their deadlines.
  ///
  /// - Returns: when the next one's time is up; nil if there is no such time.
  static func resumeAll() -> SystemTime? {
    guard unsafe !waiters.isEmpty || !fresh.isEmpty else { return nil }
    let now = SystemTime.now
    for waiter in unsafe fresh {
      waiter.begin(at: now)
      add(waiter)
    }
    unsafe fresh = []
    let all = unsafe waiters
    unsafe waiters = []
    for waiter in all {
      if waiter.isReady() {
        waiter.resume(.ready)
      } else if let deadline = waiter.deadline, deadline <= now {
        waiter.resume(.timedOut)
      } else {
        unsafe waiters.append(waiter)
      }
    }
    return unsafe waiters.first?.deadline
  }
}

extension Waiter {
  fileprivate func isDue(after other: Waiter) -> Bool {
    guard let deadline else { return other.deadline != nil }
    return other.deadline.map { deadline > $0 } ?? false
  }
}
