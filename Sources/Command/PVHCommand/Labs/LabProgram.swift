// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostProcess
import Multiplexer
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
      var entries = [
        pollfd(fd: stream.rawValue, events: Int16(ending == nil ? POLLIN : 0), revents: 0),
        pollfd(fd: signals.descriptor.rawValue, events: Int16(POLLIN), revents: 0),
        pollfd(fd: takesInput ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0),
      ]
      for pending in [output, errors] {
        entries.append(
          pollfd(fd: pending.isEmpty ? -1 : pending.number, events: Int16(POLLOUT), revents: 0))
      }
      guard poll(&entries, nfds_t(entries.count), -1) > 0 else { continue }
      if entries[1].revents != 0, let signal = signals.take() { try take(signal) }
      if entries[0].revents != 0, ending == nil { try receive() }
      if entries[2].revents != 0 { try passInput() }
      if entries[3].revents != 0 { try pass(.output, output.write()) }
      if entries[4].revents != 0 { try pass(.errors, errors.write()) }
    }
  }

  /// Runs the program with nothing to read; collects its standard output, at most one window of it.
  consuming func collect() throws(Problem) -> (ProgramEnding, [UInt8]) {
    try open()
    try send(.end(.input))
    let deadline = ContinuousClock.now + .seconds(5)
    while ending == nil {
      var entry = pollfd(fd: stream.rawValue, events: Int16(POLLIN), revents: 0)
      guard poll(&entry, 1, 1000) >= 0, ContinuousClock.now < deadline else {
        throw Problem("\(request.arguments[0]) in the lab does not answer")
      }
      if entry.revents != 0 { try receive() }
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
      if let size = TerminalSize(of: STDOUT_FILENO) { try send(.resize(size)) }
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
    var buffer = [UInt8](repeating: 0, count: min(input.room, Frame.pieceLimit))
    let count = buffer.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
    if count > 0 {
      input.take(count)
      try send(.data(.input, Array(buffer[..<count])))
    } else if count == 0 || errno != EINTR && errno != EAGAIN {
      inputHasEnded = true
      try send(.end(.input))
    }
  }

  private func pass(_ name: Frame.Stream, _ room: Int?) throws(Problem) {
    // When the program is over, nobody asks for room.
    if let room, ending == nil { try send(.room(name, room)) }
  }

  private mutating func receive() throws(Problem) {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    let count = buffer.withUnsafeMutableBytes { read(stream.rawValue, $0.baseAddress, $0.count) }
    guard count > 0 else {
      if count < 0, errno == EINTR || errno == EAGAIN { return }
      throw Problem("the lab ended before \(request.arguments[0]) did")
    }
    reader.append(buffer[..<count])
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
    do {
      // Bounded by the window, and the other end always reads.
      try stream.sendAll(Frame(Self.channel, content).encoded)
    } catch {
      throw Problem("the lab ended before \(request.arguments[0]) did")
    }
  }
}
