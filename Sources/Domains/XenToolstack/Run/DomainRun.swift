// SPDX-License-Identifier: Apache-2.0

import Glibc
public import HostSystem
public import XenDomainModel

/// A running domain as its console and Xen show it: a state machine for its owner's poll(2) loop.
///
/// It never blocks. The loop polls ``interests(outputRoom:)`` until ``deadline``, calls
/// ``advance(outputRoom:now:)`` whatever happened, and takes what there is to take.
public final class DomainRun<Machine: RunMachine> {
  enum Phase {
    case running
    case draining(RunEnding, ConsoleDrain)
    case ended(RunEnding)
  }

  /// Bytes of console input that may wait for the guest.
  public static var inputCapacity: Int { 256 << 10 }
  /// Milliseconds without progress after which output that has not come is given up.
  public static var drainPatience: Int { 5000 }
  /// The same for a console that others may have read.
  static var strangersPatience: Int { 1000 }
  /// Milliseconds between looks at a domain of which nobody tells us anything.
  static var checkInterval: Int { 1000 }
  /// Milliseconds between looks at the console page of a guest that has stopped: it tells nobody that it has
  /// changed.
  public static var drainInterval: Int { 20 }

  package let machine: Machine
  let terminal: ConsoleTerminal
  private let timeLimit: MonotonicTime?
  private let patience: Int
  var phase = Phase.running
  /// Whether xenconsoled still has its end of the terminal.
  public internal(set) var isTerminalOpen = true
  var input: [UInt8] = []
  var acceptedInput = 0
  var output: [UInt8] = []
  private var lastCheck: MonotonicTime
  private var lastAdvance: MonotonicTime
  var shouldCheck = true
  let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 << 10, alignment: 16)

  /// Bytes that came from the console in all.
  public internal(set) var receivedByteCount: UInt64
  /// Bytes that the guest produced, known once the run has ended; nil if they cannot be counted.
  public internal(set) var producedByteCount: UInt64?
  /// When the first byte came from the console.
  public internal(set) var firstByteTime: MonotonicTime?
  /// When it was seen that the guest runs no more.
  public private(set) var stopTime: MonotonicTime?

  /// Starts to follow a domain that is being unpaused at `start`, or was, and of whose console
  /// output so many bytes have been received already; nil if nobody knows how many.
  public init(
    machine: Machine, terminal: ConsoleTerminal, start: MonotonicTime, timeLimit: Int? = nil,
    receivedByteCount: UInt64? = 0
  ) {
    self.machine = machine
    self.terminal = terminal
    self.timeLimit = timeLimit.map { start.adding(milliseconds: $0) }
    lastCheck = start
    lastAdvance = start
    self.receivedByteCount = receivedByteCount ?? 0
    // What others have read never comes, and nobody knows whether they have.
    patience = receivedByteCount == nil ? Self.strangersPatience : Self.drainPatience
  }

  deinit {
    scratch.deallocate()
  }

  /// How the run ended, once everything that could be had from the console is here.
  public var ending: RunEnding? {
    if case .ended(let ending) = phase { ending } else { nil }
  }

  /// Whether the guest has not been seen to end.
  package var isRunning: Bool { if case .running = phase { true } else { false } }

  public func interests(outputRoom: Int) -> [DescriptorInterest] {
    var interests: [DescriptorInterest] = []
    if isTerminalOpen, outputRoom > 0 || !input.isEmpty {
      interests.append(
        DescriptorInterest(
          terminal.descriptor, reading: outputRoom > 0, writing: !input.isEmpty))
    }
    if case .running = phase, let descriptor = machine.watchDescriptor {
      interests.append(DescriptorInterest(descriptor, reading: true))
    }
    return interests
  }

  /// When to call ``advance(outputRoom:now:)`` at the latest.
  public var deadline: MonotonicTime {
    switch phase {
    case .running:
      let check = lastCheck.adding(milliseconds: Self.checkInterval)
      return timeLimit.map { min($0, check) } ?? check
    case .draining: return lastAdvance.adding(milliseconds: Self.drainInterval)
    case .ended: return MonotonicTime(nanoseconds: 0)
    }
  }

  /// Adds bytes for the guest's console; false if there is no room for them.
  public func enqueue(input bytes: [UInt8]) -> Bool {
    guard input.count + bytes.count <= Self.inputCapacity else { return false }
    input.append(contentsOf: bytes)
    return true
  }

  /// Forgets what has been added for the guest's console and has not reached the terminal.
  public func discardInput() {
    input = []
  }

  /// Ends the run: the guest is paused, and what it wrote until now is fetched.
  public func stop(now: MonotonicTime) throws(ToolstackError) {
    guard case .running = phase else { return }
    try halt(.stopped, now: now)
  }

  /// Takes the console bytes that have arrived.
  public func takeOutput() -> [UInt8] {
    defer { output = [] }
    return output
  }

  /// Takes the count of input bytes that have reached the terminal.
  public func takeAcceptedInput() -> Int {
    defer { acceptedInput = 0 }
    return acceptedInput
  }

  /// Does whatever can be done now, taking no more than `outputRoom` bytes from the console.
  public func advance(outputRoom: Int, now: MonotonicTime) throws(ToolstackError) {
    lastAdvance = now
    let hasRead = transfer(outputRoom: outputRoom)
    switch phase {
    case .running: try watch(hasRead: hasRead, now: now)
    case .draining(let ending, let drain):
      judge(ending, drain, outputRoom: outputRoom, now: now)
    case .ended: break
    }
  }

  /// Lets go of the guest's memory, which keeps Xen from forgetting a domain that was destroyed.
  public func release() where Machine == LiveMachine {
    machine.release()
  }

  private func watch(hasRead: Bool, now: MonotonicTime) throws(ToolstackError) {
    // A guest often shuts down right after its last output: looking then costs one hypercall and
    // sees the end before the news of it has come through xenstored.
    if hasRead, now >= lastCheck.adding(milliseconds: 1) { shouldCheck = true }
    if machine.takeWatchEvents() { shouldCheck = true }
    if now >= lastCheck.adding(milliseconds: Self.checkInterval) { shouldCheck = true }
    if shouldCheck { try check(now: now) }
    if case .running = phase, let timeLimit, now >= timeLimit { try halt(.timedOut, now: now) }
  }

  /// Asks Xen whether the guest still runs; if it does not, no time is lost until the news of it.
  package func check(now: MonotonicTime) throws(ToolstackError) {
    shouldCheck = false
    lastCheck = now
    switch try machine.state() {
    case .running, .blocked, .paused: break
    case .shutDown(let reason): drain(.shutDown(reason), now: now)
    case .dying, .gone, .waiting, .ended: drain(.destroyedFromOutside, now: now)
    }
  }

  private func halt(_ ending: RunEnding, now: MonotonicTime) throws(ToolstackError) {
    try machine.pause()
    drain(ending, now: now)
  }

  private func drain(_ ending: RunEnding, now: MonotonicTime) {
    // Later than `now` by the time of asking Xen.
    stopTime = .now
    // Very often everything is here already.
    judge(ending, ConsoleDrain(patience: patience), outputRoom: 1, now: now)
  }
}

extension DomainRun {
  /// Moves bytes between the terminal and our buffers; true if any came from the guest.
  func transfer(outputRoom: Int) -> Bool {
    sendInput()
    var room = outputRoom
    while isTerminalOpen, room > 0 {
      let part = UnsafeMutableRawBufferPointer(rebasing: scratch.prefix(room))
      switch terminal.read(into: part) {
      case .bytes(let count):
        if firstByteTime == nil { firstByteTime = .now }
        output.append(contentsOf: part.prefix(count))
        receivedByteCount += UInt64(count)
        room -= count
      case .notNow: return room < outputRoom
      case .ended: closeTerminal()
      }
    }
    return room < outputRoom
  }

  private func sendInput() {
    while isTerminalOpen, !input.isEmpty {
      switch input.withUnsafeBytes({ terminal.write($0) }) {
      case .bytes(let count):
        input.removeFirst(count)
        acceptedInput += count
      case .notNow: return
      case .ended: closeTerminal()
      }
    }
  }

  private func closeTerminal() {
    isTerminalOpen = false
    shouldCheck = true
  }

  /// Looks whether the console output of a guest that has stopped is complete, or will never be.
  func judge(_ ending: RunEnding, _ drain: ConsoleDrain, outputRoom: Int, now: MonotonicTime) {
    var drain = drain
    let indices = machine.consoleIndices
    // As long as we take nothing, nothing can come.
    if outputRoom == 0 { drain.excuse() }
    let verdict = drain.judge(
      indices, received: receivedByteCount, isClosed: !isTerminalOpen, now: now)
    switch verdict {
    case .waiting:
      phase = .draining(ending, drain)
      return
    case .complete: producedByteCount = receivedByteCount
    case .missing(let count): producedByteCount = receivedByteCount + UInt64(count)
    case .uncountable: producedByteCount = nil
    }
    phase = .ended(ending)
  }
}
