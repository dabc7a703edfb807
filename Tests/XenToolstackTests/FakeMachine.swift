// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage
import Testing
import XenToolstack

/// A domain whose state and console page the test writes; xenconsoled is the test, too.
final class FakeMachine: RunMachine {
  var answer = DomainState.running
  var consoleIndices = ConsoleIndices(produced: 0, consumed: 0)
  var hasNews = false
  private(set) var pauseCount = 0
  /// How often Xen was asked.
  private(set) var questionCount = 0

  let watchDescriptor: FileDescriptor? = nil

  func takeWatchEvents() -> Bool {
    defer { hasNews = false }
    return hasNews
  }

  func state() -> DomainState {
    questionCount += 1
    return answer
  }

  func pause() {
    #expect(pauseCount == 0)
    pauseCount += 1
  }
}

/// A run over a fake machine, and the daemon's end of its terminal.
final class RunFixture {
  let machine = FakeMachine()
  let run: DomainRun<FakeMachine>
  private let daemonEnd: Int32
  private var isOpen = true
  private var milliseconds = 0
  private static let start = MonotonicTime(nanoseconds: 1_000_000_000)

  init(timeLimit: Int? = nil) throws {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue)
    try #require(socketpair(AF_UNIX, type, 0, &ends) == 0)
    daemonEnd = ends[1]
    run = DomainRun(
      machine: machine, terminal: ConsoleTerminal(takingOver: FileDescriptor(rawValue: ends[0])),
      start: Self.start,
      timeLimit: timeLimit)
  }

  deinit {
    if isOpen { close(daemonEnd) }
  }

  /// The guest prints; the daemon takes all of it and passes on only so many bytes.
  func print(_ text: String, passingOn count: Int? = nil) {
    let bytes = Array(text.utf8)
    machine.consoleIndices.produced &+= UInt32(bytes.count)
    machine.consoleIndices.consumed = machine.consoleIndices.produced
    pass(Array(bytes.prefix(count ?? bytes.count)))
  }

  /// The daemon writes bytes to the terminal.
  func pass(_ bytes: [UInt8]) {
    #expect(write(daemonEnd, bytes, bytes.count) == bytes.count)
  }

  /// What the daemon can read from the terminal now.
  func typed() -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    return Array(buffer[..<max(0, read(daemonEnd, &buffer, buffer.count))])
  }

  /// The daemon dies.
  func hangUp() {
    close(daemonEnd)
    isOpen = false
  }

  /// The guest shuts down, and xenstored says so.
  func shutDown(_ reason: ShutdownReason) {
    machine.answer = .shutDown(reason)
    machine.hasNews = true
  }

  /// Lets time pass, and the run do what it can.
  func advance(milliseconds more: Int = 0, outputRoom: Int = 1 << 20) throws {
    milliseconds += more
    try run.advance(outputRoom: outputRoom, now: now)
  }

  var now: MonotonicTime { Self.start.adding(milliseconds: milliseconds) }
}
