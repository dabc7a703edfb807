// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import Synchronization
import SystemPackage
import XenToolstack

/// The one thread of a toolstack: the executor of its actor, which waits in poll(2) between two jobs.
///
/// Xen's libraries block, so they are called here and not on the threads that all tasks share.
final class PollThread: SerialExecutor {
  private struct State {
    var jobs: [UnownedJob] = []
    var isStopped = false
    weak var toolstack: Toolstack?
  }

  private let state = Mutex(State())
  private let wakeup: Wakeup
  /// C name: `pthread_t`; 0 until the thread has begun.
  private let identity = Atomic<UInt>(0)

  /// Starts the thread.
  init() throws(ToolstackError) {
    do {
      wakeup = try Wakeup()
    } catch {
      throw ToolstackError(call: "eventfd", code: error.rawValue)
    }
    var thread = pthread_t()
    let own = Unmanaged.passRetained(self)
    let code = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<PollThread>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, own.toOpaque())
    guard code == 0 else {
      own.release()
      throw ToolstackError(call: "starting a thread", code: code)
    }
    pthread_detach(thread)
  }

  /// Looks after a toolstack from now on; `stop()` has to follow.
  func serve(_ toolstack: Toolstack) {
    state.withLock { $0.toolstack = toolstack }
    wakeup.ring()
  }

  /// Ends the thread when it has done what it was given.
  func stop() {
    state.withLock { $0.isStopped = true }
    wakeup.ring()
  }

  /// Takes a job from any thread.
  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let isFirst = state.withLock { state in
      state.jobs.append(job)
      return state.jobs.count == 1
    }
    if isFirst { wakeup.ring() }
  }

  /// Traps on any other thread.
  func checkIsolated() {
    precondition(
      identity.load(ordering: .relaxed) == pthread_self(), "not on the toolstack's thread")
  }

  private func run() {
    identity.store(pthread_self(), ordering: .relaxed)
    while let jobs = takeJobs() {
      for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
      // No reference is held while the thread waits: the last release of a toolstack closes it.
      var plan = advance()
      plan.add(wakeup.descriptor)
      plan.wait()
      wakeup.reset()
    }
  }

  /// What there is to do; nil if there will never be anything again.
  private func takeJobs() -> [UnownedJob]? {
    state.withLock { state in
      defer { state.jobs = [] }
      return state.jobs.isEmpty && state.isStopped ? nil : state.jobs
    }
  }

  private func advance() -> PollSet {
    let toolstack = state.withLock { $0.toolstack }
    return toolstack?.assumeIsolated { $0.advance(now: .now) } ?? PollSet()
  }
}
