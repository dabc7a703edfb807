// SPDX-License-Identifier: Apache-2.0

import AgentMultiplexer
import Glibc
import HostSystem
import SystemPackage

/// A program in the dom0 of a lab, its streams on a multiplexer's stream of frames.
struct LabProgram {
  private static let channel: UInt32 = 1

  private let stream: FileDescriptor
  private let request: ProgramRequest
  /// What to say beside the reason why the program cannot be run.
  private let hint: String
  private var reader = FrameReader()
  private var input = SendingWindow()
  private var inputHasEnded = false
  private var output = PendingOutput(.standardOutput)
  private var errors = PendingOutput(.standardError)
  private var ending: ProgramEnding?

  init(
    _ arguments: [String], environment: [String] = [], terminal: TerminalSize? = nil,
    on stream: FileDescriptor, hint: String = ""
  ) {
    self.stream = stream
    self.hint = hint
    request = ProgramRequest(
      arguments: arguments, environment: environment, terminal: terminal)
  }

  /// Runs the program with this process's standard streams until it ends.
  ///
  /// A signal makes the program hang up, and this a problem.
  mutating func run(signals: borrowing SignalDescriptor) throws(Problem) -> ProgramEnding {
    try open()
    while true {
      if let ending, output.isEmpty, errors.isEmpty { return ending }
      var waiting = PollSet()
      waiting.add(signals.descriptor)
      if ending == nil { waiting.add(stream) }
      if takesInput { waiting.add(.standardInput) }
      for pending in [output, errors] where !pending.isEmpty {
        waiting.add(pending.descriptor, reading: false, writing: true)
      }
      waiting.wait()
      if let signal = signals.take() { try take(signal) }
      if ending == nil { try receive() }
      if takesInput { try passInput() }
      try pass(.output, output.write())
      try pass(.errors, errors.write())
    }
  }

  /// Runs the program with nothing to read; collects its standard output, at most one window of it.
  consuming func collect() throws(Problem) -> (ProgramEnding, [UInt8]) {
    try open()
    try send(.end(.input))
    let deadline = MonotonicTime.now + .seconds(5)
    while ending == nil {
      guard stream.isReadable(until: deadline) else {
        throw Problem("\(request.arguments[0]) in the lab does not answer")
      }
      try receive()
    }
    return (ending ?? .exited(0), output.bytes)
  }

  private func open() throws(Problem) {
    guard request.canBeSent else {
      throw Problem(
        "the program and its arguments have more than \(Frame.payloadLimit) bytes; "
          + "put what is long into a file, or on standard input", status: .usage)
    }
    try send(.open(request))
  }

  private var takesInput: Bool { !inputHasEnded && ending == nil && input.room > 0 }

  private mutating func take(_ signal: Int32) throws(Problem) {
    if signal == SIGWINCH {
      if let size = TerminalSize(of: .standardOutput) { try send(.resize(size)) }
      return
    }
    try? send(.close)
    // Nobody is there any more to be told.
    if signal == SIGHUP {
      output = PendingOutput(.standardOutput)
      errors = PendingOutput(.standardError)
      return ending = .signalled(Int(signal))
    }
    throw Problem(
      "interrupted; \(request.arguments[0]) was told to end",
      status: .interrupted(bySignal: signal))
  }

  private mutating func passInput() throws(Problem) {
    let limit = min(input.room, Frame.pieceLimit)
    guard let bytes = FileDescriptor.standardInput.readAvailable(limit: limit) else {
      inputHasEnded = true
      return try send(.end(.input))
    }
    guard !bytes.isEmpty else { return }
    input.take(bytes.count)
    try send(.data(.input, bytes))
  }

  private func pass(_ name: Frame.Stream, _ room: Int?) throws(Problem) {
    // When the program is over, nobody asks for room.
    if let room, ending == nil { try send(.room(name, room)) }
  }

  private mutating func receive() throws(Problem) {
    guard let bytes = stream.readAvailable(limit: 64 << 10) else {
      throw Problem("the lab ended before \(request.arguments[0]) did")
    }
    reader.append(bytes)
    while let frame = try nextFrame() {
      switch frame.content {
      case .data(.output, let bytes): output.append(bytes)
      case .data(.errors, let bytes): errors.append(bytes)
      case .room(.input, let count): input.add(count)
      case .ended(let ending): self.ending = ending
      case .refused(let reason): throw Problem(reason + hint)
      default: break
      }
    }
  }

  private mutating func nextFrame() throws(Problem) -> Frame? {
    do throws(FrameError) {
      return try reader.next()
    } catch {
      throw Problem("what the lab says cannot be read: \(error)")
    }
  }

  private func send(_ content: Frame.Content) throws(Problem) {
    do throws(Errno) {
      // Bounded by the window, and the other end always reads.
      try stream.writeEverything(Frame(Self.channel, content).encoded)
    } catch {
      throw Problem("the lab ended before \(request.arguments[0]) did")
    }
  }
}

/// Bytes for one of our streams, written when it takes them.
struct PendingOutput {
  let descriptor: FileDescriptor
  private var queue = ByteQueue()
  private var window = ReceivingWindow()

  init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }

  var isEmpty: Bool { queue.isEmpty }
  /// What has not been written.
  var bytes: [UInt8] { Array(queue.content) }

  mutating func append(_ more: [UInt8]) {
    _ = window.receive(more.count)
    queue.append(more)
  }

  /// Writes what the stream takes now, if there is something; returns the room to announce.
  mutating func write() throws(Problem) -> Int? {
    guard !queue.isEmpty else { return nil }
    switch descriptor.writeAvailable(queue.content) {
    case .bytes(let count):
      queue.removeFirst(count)
      return window.passOn(count)
    case .notNow: return nil
    case .ended(.brokenPipe): throw .nobodyReads
    case .ended(let error): throw Problem("the output cannot be written: \(error)")
    }
  }
}
