// SPDX-License-Identifier: Apache-2.0
import CXenLight
import Glibc
import Multiplexer

/// A program on a channel, and our ends of its streams, none of which blocks.
///
/// On a terminal, input and output are one descriptor, and there is no stream of errors.
struct ChannelProgram {
  let process: SpawnedProcess
  private(set) var input: Int32?
  private(set) var output: Int32?
  private(set) var errors: Int32?
  private let isOnTerminal: Bool

  init(_ request: ProgramRequest) throws(CommandError) {
    if let size = request.terminal {
      try self.init(request, size)
    } else {
      try self.init(withPipes: request)
    }
  }

  private init(_ request: ProgramRequest, _ size: TerminalSize) throws(CommandError) {
    var number: UInt32 = 0
    let terminal = pvh_open_terminal(&number)
    guard terminal >= 0 else { throw Self.error("a terminal") }
    _ = pvh_set_terminal_size(terminal, size.columns, size.rows)
    do throws(CommandError) {
      process = try SpawnedProcess(
        request.arguments, environment: request.environment,
        streams: .terminal("/dev/pts/\(number)"))
    } catch {
      close(terminal)
      throw error
    }
    (input, output, isOnTerminal) = (terminal, terminal, true)
  }

  private init(withPipes request: ProgramRequest) throws(CommandError) {
    // Reading and writing end of each: input, output, errors.
    var ends = [Int32](repeating: -1, count: 6)
    func abandon() { for end in ends where end >= 0 { close(end) } }
    for stream in 0..<3 {
      var pair: [Int32] = [-1, -1]
      guard pvh_pipe(&pair) == 0 else {
        let error = Self.error("a pipe")
        abandon()
        throw error
      }
      ends.replaceSubrange(2 * stream..<2 * stream + 2, with: pair)
    }
    for own in [ends[1], ends[2], ends[4]] { _ = fcntl(own, F_SETFL, O_NONBLOCK) }
    do throws(CommandError) {
      process = try SpawnedProcess(
        request.arguments, environment: request.environment,
        streams: .descriptors(input: ends[0], output: ends[3], errors: ends[5]))
    } catch {
      abandon()
      throw error
    }
    for far in [ends[0], ends[3], ends[5]] { close(far) }
    (input, output, errors, isOnTerminal) = (ends[1], ends[2], ends[4], false)
  }

  /// Our end of a stream, as long as it is open.
  func descriptor(of stream: Frame.Stream) -> Int32? {
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
    if input != descriptor, output != descriptor { close(descriptor) }
  }

  /// Tells a terminal that nothing more will be typed, or a pipe's reader that it has seen all.
  mutating func endInput() {
    guard isOnTerminal else { return closeStream(.input) }
    var end: UInt8 = 4
    if let input { _ = write(input, &end, 1) }
  }

  /// Gives a terminal another size.
  func resize(_ size: TerminalSize) {
    if isOnTerminal, let output { _ = pvh_set_terminal_size(output, size.columns, size.rows) }
  }

  /// Sends a signal to the program and what it started in its process group.
  func signal(_ number: Int32) { kill(-process.identifier, number) }

  /// How the program ended, once it has; not to be asked again then.
  func takeEnding() -> ProgramEnding? {
    var status: Int32 = 0
    guard waitpid(process.identifier, &status, WNOHANG) == process.identifier else { return nil }
    let signal = status & 0x7f
    return signal == 0 ? .exited(Int(status >> 8 & 0xff)) : .signalled(Int(signal))
  }

  /// Closes everything that is left.
  mutating func closeAll() {
    for stream in Frame.Stream.allCases { closeStream(stream) }
    close(process.end)
  }

  private static func error(_ what: String) -> CommandError {
    CommandError(message: "\(what) cannot be made: \(String(cString: strerror(errno)))")
  }
}
