// SPDX-License-Identifier: Apache-2.0

import CGuestConcurrency
import GuestRuntime
import XenFrontends

/// Runs the jobs of all tasks, one after the other, and sleeps in Xen when there are none.
enum GuestExecutor {
  nonisolated(unsafe) private static var ready: [UnsafeMutableRawPointer] = unsafe []

  /// Makes the guest's own channels wake it.
  static func begin() {
    do throws(GuestError) {
      try Upcalls.attendOwnChannels()
    } catch {
      Lifecycle.crash("Xen gives the guest no way to be woken, so its tasks cannot wait")
    }
  }

  /// Adds a job to the end of the queue.
  static func enqueue(_ job: UnsafeMutableRawPointer) { unsafe ready.append(job) }

  /// Runs jobs until `result` gives a value.
  static func run<Result>(until result: () -> Result?) -> Result {
    while true {
      runRound()
      if let result = result() { return result }
      // Events have their turn after each round, however many jobs there are.
      _ = Upcalls.dispatch()
      let deadline = Waiters.resumeAll()
      guard unsafe ready.isEmpty, !Waiters.takeUnfinished() else { continue }
      GuestConsole.attend()
      sleep(until: deadline)
    }
  }

  /// Runs the jobs that are in the queue now; those added by them run in the next round.
  private static func runRound() {
    let round = unsafe ready
    unsafe ready = []
    unsafe round.forEach { unsafe guest_run_job($0) }
  }

  private static func sleep(until deadline: SystemTime?) {
    do throws(GuestError) {
      try Upcalls.sleep(until: deadline)
    } catch {
      Lifecycle.crash("Xen gives the guest no way to be woken, so its tasks cannot wait")
    }
  }
}

// MARK: - What the concurrency archive asks of an executor

#if hasFeature(Embedded)  // The host has its own.
  /// Called for each job that becomes ready.
  @c(swift_task_enqueueGlobalImpl)
  func enqueueGlobal(_ job: UnsafeMutableRawPointer) { unsafe GuestExecutor.enqueue(job) }
#endif
