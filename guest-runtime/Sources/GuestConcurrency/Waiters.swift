// SPDX-License-Identifier: Apache-2.0

import GuestRuntime
package import XenFrontends
import _Concurrency

/// A task that waits for a condition, a moment, or its cancellation, whichever is first.
@safe package final class Waiter: @unchecked Sendable {
  package enum End {
    case ready, timedOut, cancelled
  }

  /// Looked at before the guest sleeps, and after it has woken. Cheap, and has no effect if false.
  let isReady: () -> Bool
  let deadline: SystemTime?
  private var continuation: UnsafeContinuation<End, Never>?
  private var isCancelled = false

  private init(until deadline: SystemTime?, _ isReady: @escaping () -> Bool) {
    self.deadline = deadline
    self.isReady = isReady
  }

  /// Waits until a condition holds.
  ///
  /// - Parameters:
  ///   - deadline: when to give up; nil for never.
  ///   - isReady: the condition; it may have an effect when it becomes true, for it is not looked at
  ///     again then.
  /// - Returns: what ended the wait.
  package static func wait(
    until deadline: SystemTime? = nil, for isReady: @escaping () -> Bool
  ) async -> End {
    if Task.isCancelled { return .cancelled }
    if isReady() { return .ready }
    let waiter = Waiter(until: deadline, isReady)
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

  /// Set when a condition has left work undone that no event will announce.
  nonisolated(unsafe) private static var isUnfinished = false

  static func add(_ waiter: Waiter) {
    let waiters = unsafe waiters
    var (low, high) = (0, waiters.count)
    while low < high {
      let middle = (low + high) / 2
      if waiters[middle].isDue(after: waiter) { high = middle } else { low = middle + 1 }
    }
    unsafe Self.waiters.insert(waiter, at: low)
  }

  static func remove(_ waiter: Waiter) { unsafe waiters.removeAll { $0 === waiter } }

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
    guard unsafe !waiters.isEmpty else { return nil }
    let now = SystemTime.now
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
