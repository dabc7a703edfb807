// SPDX-License-Identifier: Apache-2.0

import AgentMultiplexer
import Glibc
import HostSystem
import SystemPackage

/// A program on a channel, and our ends of its streams, none of which blocks.
///
/// On a terminal, input and output are one descriptor, and there is no stream of errors.
struct ChannelProgram: ~Copyable {
  private var process: ChildProcess
  private(set) var input: FileDescriptor?
  private(set) var output: FileDescriptor?
  private(set) var errors: FileDescriptor?
  private let isOnTerminal: Bool

  init(_ request: ProgramRequest) throws(CommandError) {
    if let size = request.terminal {
      try self.init(request, size)
    } else {
      try self.init(withPipes: request)
    }
  }

  private init(_ request: ProgramRequest, _ size: TerminalSize) throws(CommandError) {
    let terminal = try Self.making("a terminal") { () throws(Errno) in try PseudoTerminal() }
    size.apply(to: terminal.descriptor)
    do throws(CommandError) {
      process = try ChildProcess(
        running: request.arguments, environment: request.variables,
        attachment: .terminal(terminal.path))
    } catch {
      try? terminal.descriptor.close()
      throw error
    }
    (input, output) = (terminal.descriptor, terminal.descriptor)
    (errors, isOnTerminal) = (nil, true)
  }

  private init(withPipes request: ProgramRequest) throws(CommandError) {
    var ends: [FileDescriptor] = []
    do throws(CommandError) {
      for _ in Frame.Stream.allCases {
        let pipe = try Self.making("a pipe") { () throws(Errno) in
          try FileDescriptor.closingPipe()
        }
        ends += [pipe.readEnd, pipe.writeEnd]
      }
      for own in [ends[1], ends[2], ends[4]] { try? own.setNonBlocking() }
      process = try ChildProcess(
        running: request.arguments, environment: request.variables,
        descriptors: .init(input: ends[0], output: ends[3], error: ends[5]))
    } catch {
      for end in ends { try? end.close() }
      throw error
    }
    for far in [ends[0], ends[3], ends[5]] { try? far.close() }
    (input, output, errors, isOnTerminal) = (ends[1], ends[2], ends[4], false)
  }

  deinit {
    for stream in [input, isOnTerminal ? nil : output, errors] { try? stream?.close() }
  }

  /// Readable once the program has ended.
  var end: FileDescriptor { process.descriptor }

  /// Our end of a stream, as long as it is open.
  func descriptor(of stream: Frame.Stream) -> FileDescriptor? {
    switch stream {
    case .input: input
    case .output: output
    case .errors: errors
    }
  }

  /// Closes our end of a stream.
  mutating func closeStream(_ stream: Frame.Stream) {
    guard let descriptor = descriptor(of: stream) else { return }
    switch stream {
    case .input: input = nil
    case .output: output = nil
    case .errors: errors = nil
    }
    // A terminal stays open until neither direction is wanted.
    if input != descriptor, output != descriptor { try? descriptor.close() }
  }

  /// Tells a terminal that nothing more will be typed, or a pipe's reader that it has seen all.
  mutating func endInput() {
    guard isOnTerminal else { return closeStream(.input) }
    let endOfTransmission: UInt8 = 4
    _ = try? input?.writeAll([endOfTransmission])
  }

  /// Gives a terminal another size.
  func resize(_ size: TerminalSize) {
    if isOnTerminal, let output { size.apply(to: output) }
  }

  /// Sends a signal to the program and what it started in its process group.
  func signal(_ number: Int32) { process.signalGroup(number) }

  mutating func takeEnding() -> ProgramEnding? { process.takeEnding() }

  /// Closes all streams that are left.
  mutating func closeAll() {
    for stream in Frame.Stream.allCases { closeStream(stream) }
  }

  private static func making<Result>(
    _ what: String, _ body: () throws(Errno) -> Result
  ) throws(CommandError) -> Result {
    do throws(Errno) {
      return try body()
    } catch {
      throw CommandError(message: "\(what) cannot be made: \(error)")
    }
  }
}

extension ProgramRequest {
  /// The variables that the program gets beside those of the multiplexer.
  fileprivate var variables: [String: String] {
    var result: [String: String] = [:]
    for variable in environment {
      let parts = variable.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { result[String(parts[0])] = String(parts[1]) }
    }
    return result
  }
}
