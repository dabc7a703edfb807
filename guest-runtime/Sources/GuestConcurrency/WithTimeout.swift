// SPDX-License-Identifier: Apache-2.0

public import GuestRuntime
import XenFrontends
public import _Concurrency

/// Does something within a time; what takes longer is cancelled.
///
/// It returns when the body has returned: a body that does not heed its cancellation takes longer.
///
/// - Parameters:
///   - milliseconds: how long the body may take.
///   - body: what to do.
/// - Returns: what the body returned, though it was late.
/// - Throws: what the body throws; `GuestError.timedOut` if it was cancelled because of the time.
public func withTimeout<Result: Sendable>(
  milliseconds: UInt64, _ body: @escaping @Sendable () async throws(GuestError) -> Result
) async throws(GuestError) -> Result {
  let end = await withTaskGroup(of: End<Result>.self) { group in
    group.addTask {
      do throws(GuestError) {
        return .returned(try await body())
      } catch {
        return .threw(error)
      }
    }
    group.addTask {
      (try? await Task.sleep(milliseconds: milliseconds)) == nil ? .cancelled : .timedOut
    }
    var isLate = false
    while let end = await group.next() {
      switch end {
      case .cancelled: continue
      case .timedOut: isLate = true
      case .threw where isLate:
        group.cancelAll()
        return End<Result>.timedOut
      // What the body has done in spite of its cancellation counts.
      case .returned, .threw:
        group.cancelAll()
        return end
      }
      group.cancelAll()
    }
    return .cancelled
  }
  switch end {
  case .returned(let result): return result
  case .threw(let error): throw error
  case .timedOut: throw .timedOut
  case .cancelled: throw .cancelled
  }
}

/// How a part of `withTimeout` ends.
private enum End<Result: Sendable>: Sendable {
  case returned(Result)
  case threw(GuestError)
  case timedOut, cancelled
}

extension Task where Success == Never, Failure == Never {
  /// Suspends the task. Others run in the meantime; the guest sleeps if there are none.
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
