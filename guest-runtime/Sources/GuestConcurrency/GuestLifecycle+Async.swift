// SPDX-License-Identifier: Apache-2.0

public import GuestRuntime
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
      // The empty value comes before the deed: the toolstack waits for it.
      try await store.set(Self.node, to: "")
      if let request = Request(value) { return request }
    }
    throw .cancelled
  }
}
