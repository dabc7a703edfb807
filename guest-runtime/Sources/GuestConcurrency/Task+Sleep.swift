// SPDX-License-Identifier: Apache-2.0

public import GuestRuntime
import XenFrontends
public import _Concurrency

extension Task where Success == Never, Failure == Never {
  /// Suspends the task; others run meanwhile, and the guest sleeps if there are none.
  ///
  /// - Throws: `GuestError.cancelled` at once when the task is cancelled.
  public static func sleep(milliseconds: UInt64) async throws(GuestError) {
    let deadline = SystemTime.now.advanced(byMilliseconds: milliseconds)
    guard await Waiter.wait(until: deadline, for: { false }) == .timedOut else {
      throw .cancelled
    }
  }
}

extension GuestError {
  /// The task was cancelled while it waited.
  public static var cancelled: GuestError { GuestError("cancelled") }
  /// The time was up.
  public static var timedOut: GuestError { GuestError("timed out") }
}
