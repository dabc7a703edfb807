// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import Testing
import XenToolstack

@testable import AsyncToolstack

@Suite struct PollThreads {
  @Test func runsAllJobsOnOneThreadOfItsOwn() async throws {
    let thread = try PollThread()
    let counter = Counter(thread)
    await withTaskGroup { group in
      for _ in 0..<1000 { group.addTask { await counter.count() } }
    }
    #expect(await counter.number == 1000)
    #expect(await counter.threads.count == 1)
    thread.stop()
  }

  @Test func endsWhenItIsToldTo() async throws {
    weak var seen: PollThread?
    do {
      let thread = try PollThread()
      let counter = Counter(thread)
      await counter.count()
      seen = thread
      thread.stop()
    }
    for _ in 0..<1000 where seen != nil { try await Task.sleep(for: .milliseconds(10)) }
    #expect(seen == nil)
  }

  @Test(.enabled("there is a Xen here") { access("/dev/xen/privcmd", F_OK) != 0 })
  func withoutXenNothingStaysOpen() async throws {
    let before = alarms()
    for _ in 0..<50 {
      let error = await #expect(throws: ToolstackError.self) { _ = try await Toolstack() }
      #expect(error?.kind == .xenUnavailable)
    }
    let deadline = MonotonicTime.now.adding(milliseconds: 10_000)
    while alarms() > before + 10, .now < deadline { try await Task.sleep(for: .milliseconds(10)) }
    #expect(alarms() <= before + 10)
  }

  /// Descriptors like those that wake a toolstack's thread; other tests have some, too.
  private func alarms() -> Int {
    (0..<1024).count { descriptor in
      var name = [CChar](repeating: 0, count: 64)
      let length = readlink("/proc/self/fd/\(descriptor)", &name, name.count)
      let bytes = name.prefix(max(0, length)).map { UInt8(bitPattern: $0) }
      return String(decoding: bytes, as: UTF8.self).contains("[eventfd]")
    }
  }
}

/// Counts, and notes where it does.
private actor Counter {
  private let thread: PollThread
  private(set) var number = 0
  private(set) var threads: Set<UInt> = []

  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  init(_ thread: PollThread) {
    self.thread = thread
  }

  func count() {
    number += 1
    threads.insert(pthread_self())
  }
}
