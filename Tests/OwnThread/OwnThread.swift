// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A thread for what changes a thread for good.
public enum OwnThread {
  private final class Work: @unchecked Sendable {
    let body: @Sendable () throws -> Void
    var error: (any Error)?

    init(_ body: @escaping @Sendable () throws -> Void) { self.body = body }
  }

  /// Does something in a new thread, and waits for its end.
  ///
  /// - Throws: what it throws.
  public static func run(_ body: @escaping @Sendable () throws -> Void) throws {
    let work = Work(body)
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let work = Unmanaged<Work>.fromOpaque(argument).takeUnretainedValue()
        do { try work.body() } catch { work.error = error }
        return nil
      }, Unmanaged.passUnretained(work).toOpaque())
    pthread_join(thread, nil)
    if let error = work.error { throw error }
  }
}
