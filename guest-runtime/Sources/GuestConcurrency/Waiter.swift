// SPDX-License-Identifier: Apache-2.0

import GuestRuntime
import XenFrontends
import _Concurrency

/// A task that waits for a condition, a moment, or its cancellation, whichever is first.
@safe final class Waiter: @unchecked Sendable {
  /// What ended the wait.
  enum End {
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
  static func wait(
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
