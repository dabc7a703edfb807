// SPDX-License-Identifier: Apache-2.0

public import GuestRuntime
import XenFrontends
import _Concurrency

extension GuestLifecycle {
  /// Waits for a request of the toolstack, and acknowledges it; tells the toolstack before that
  /// requests are obeyed.
  ///
  /// - Throws: `GuestError` if xenstored does not answer, or the task is cancelled.
  public func nextRequest() async throws(GuestError) -> Request {
    for feature in Self.features {
      // Some toolstacks do not let a guest write these; they send requests all the same.
      try? await store.set(feature, to: "1")
    }
    for await _ in try store.changes(of: Self.node) {
      guard let value = try await store.value(of: Self.node), !value.isEmpty else { continue }
      // Acknowledge first: the toolstack waits for the empty value.
      try await store.set(Self.node, to: "")
      if let request = Request(value) { return request }
    }
    throw .cancelled
  }
}

extension GuestLifecycle {
  /// How what is done until the toolstack asks for an end has ended.
  public enum Ending<Value> {
    /// It returned by itself.
    case finished(Value)
    /// The toolstack made this request, which is acknowledged; give it to ``obey(_:)``.
    case asked(Request)
  }

  /// Does something until the toolstack asks for an end. Then the body is cancelled, and has some
  /// time to finish what must not be lost: in a new `Task`, for what waits throws in a cancelled one.
  ///
  /// - Parameters:
  ///   - grace: how long a cancelled body may take, in milliseconds; then it is no longer waited for.
  ///   - body: what to do; it should return soon after its cancellation.
  /// - Returns: what ended it.
  /// - Throws: what the body throws by itself; `GuestError` if xenstored does not answer, or the
  ///   task is cancelled.
  public func untilAskedToEnd<Value: Sendable>(
    grace: UInt64 = 5000, _ body: @escaping @Sendable () async throws(GuestError) -> Value
  ) async throws(GuestError) -> Ending<Value> {
    let work = BackgroundTask(body)
    let request = BackgroundTask { () async throws(GuestError) in try await nextRequest() }
    let end = await Waiter.wait { work.outcome != nil || request.outcome != nil }
    request.task?.cancel()
    if end == .ready, let outcome = work.outcome { return .finished(try outcome.get()) }
    work.task?.cancel()
    let deadline = SystemTime.now.advanced(byMilliseconds: grace)
    _ = await Waiter.wait(until: deadline) { work.outcome != nil }
    guard let outcome = request.outcome else { throw .cancelled }
    return .asked(try outcome.get())
  }
}

/// A task, whose end need not be waited for.
private final class BackgroundTask<Value: Sendable>: @unchecked Sendable {
  private(set) var outcome: Result<Value, GuestError>?
  private(set) var task: Task<Void, Never>?

  init(_ body: @escaping @Sendable () async throws(GuestError) -> Value) {
    task = Task {
      do throws(GuestError) {
        outcome = .success(try await body())
      } catch {
        outcome = .failure(error)
      }
    }
  }
}
