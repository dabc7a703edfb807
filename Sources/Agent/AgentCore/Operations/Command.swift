// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import HostSystem
import SystemPackage
import XenToolstack

/// Why a program was not started, or has no result.
struct CommandError: Error {
  var message: String

  init(message: String) { self.message = message }

  /// A program that was not started.
  init(_ name: String, _ error: Errno) {
    message = "\(name) cannot be run in the control domain: \(error)"
  }
}

extension ChildProcess {
  /// Starts a program of the control domain, found along PATH; it goes on when the agent ends.
  init(
    running arguments: [String], environment: [String: String] = [:],
    descriptors: Descriptors = Descriptors(), attachment: Attachment = .ownGroup
  ) throws(CommandError) {
    let name = arguments[0]
    guard let path = ProgramPath.resolve(name) else {
      throw CommandError(name, .noSuchFileOrDirectory)
    }
    do throws(ProcessError) {
      try self.init(
        path, name: name, Array(arguments.dropFirst()), environment: environment,
        descriptors: descriptors, attachment: attachment)
    } catch .notStarted(_, let error) {
      throw CommandError(name, error)
    } catch {
      throw CommandError(message: "\(error)")
    }
  }
}

/// A program in the control domain, run by its owner's poll(2) loop; its output is collected.
///
/// It is over when the program itself has ended: what it leaves running in the background may keep
/// its output open for ever.
final class Command {
  /// Bytes of output that are kept in all.
  private static let outputLimit = 16 << 20
  private static let pieceSize = 16 << 10

  /// One of the program's two streams of output.
  private final class Stream {
    private let descriptor: FileDescriptor
    private var isOpen = true
    private(set) var bytes: [UInt8] = []

    init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }

    deinit { try? descriptor.close() }

    func add(to waiting: inout PollSet) {
      if isOpen { waiting.add(descriptor) }
    }

    /// Reads what is there, up to the limit.
    func read() {
      while isOpen, bytes.count <= outputLimit {
        guard let piece = descriptor.readAvailable(limit: pieceSize) else { return isOpen = false }
        if piece.isEmpty { return }
        bytes += piece
      }
    }
  }

  private final class Running {
    var process: ChildProcess
    let output: Stream
    let errors: Stream

    init(_ request: ExecuteRequest) throws(CommandError) {
      // A file, so that nobody has to wait until the program reads.
      let input = try request.input.isEmpty ? nil : Self.file(request.input)
      defer { try? input?.close() }
      let (output, errors) = (try Self.pipe(), try Self.pipe())
      self.output = Stream(output.readEnd)
      self.errors = Stream(errors.readEnd)
      defer { for end in [output.writeEnd, errors.writeEnd] { try? end.close() } }
      process = try ChildProcess(
        running: request.arguments,
        descriptors: .init(
          input: input, output: output.writeEnd, error: errors.writeEnd))
    }

    private static func file(_ bytes: [UInt8]) throws(CommandError) -> FileDescriptor {
      do throws(Errno) {
        return try MemoryFile(name: "input", content: bytes).reopened(.readOnly)
      } catch {
        throw CommandError(message: "keeping the program's input: \(error)")
      }
    }

    private static func pipe() throws(CommandError) -> (
      readEnd: FileDescriptor, writeEnd: FileDescriptor
    ) {
      do throws(Errno) {
        return try FileDescriptor.closingPipe()
      } catch {
        throw CommandError(message: "pipe: \(error)")
      }
    }
  }

  private let request: ExecuteRequest
  private var running: Running?
  /// When the program is killed; until it has been started, now.
  private var deadline = MonotonicTime(nanoseconds: 0)

  init(_ request: ExecuteRequest) {
    self.request = request
  }

  func add(to waiting: inout PollSet) {
    waiting.wake(at: deadline)
    guard let running else { return }
    waiting.add(running.process.descriptor)
    running.output.add(to: &waiting)
    running.errors.add(to: &waiting)
  }

  /// Starts the program if need be and takes what has come from it; its result once it has ended.
  func advance(now: MonotonicTime) throws(CommandError) -> CommandOutput? {
    guard let running else {
      running = try Running(request)
      deadline = now.adding(milliseconds: request.timeLimitMilliseconds)
      return nil
    }
    let ending = running.process.takeEnding()
    running.output.read()
    running.errors.read()
    guard running.output.bytes.count + running.errors.bytes.count <= Self.outputLimit else {
      kill()
      throw CommandError(
        message: "\(request.arguments[0]) wrote more than \(Self.outputLimit) bytes: "
          + "let it write to a file")
    }
    switch ending {
    case .exited(let status)?: return result(.exited(status), running)
    case .signalled(let signal)?: return result(.signalled(signal), running)
    case nil: break
    }
    guard now >= deadline else { return nil }
    kill()
    return result(.timedOut, running)
  }

  /// Runs the program while nothing else happens.
  func runToEnd() throws(CommandError) -> CommandOutput {
    while true {
      if let result = try advance(now: .now) { return result }
      var waiting = PollSet()
      add(to: &waiting)
      waiting.wait()
    }
  }

  /// Lets the agent, as a program of its own, destroy a domain.
  static func reap(_ domain: Domain, with program: FilePath) throws(ToolstackError) {
    let request = ExecuteRequest(
      arguments: [program.string, "reap", domain.uuid.hexadecimal], timeLimitMilliseconds: 60_000)
    do throws(CommandError) {
      let output = try Command(request).runToEnd()
      guard output.ending == .exited(0) else {
        throw CommandError(message: String(decoding: output.standardError, as: UTF8.self))
      }
    } catch {
      throw ToolstackError(.other, "destroying domain \(domain.id): \(error.message)")
    }
  }

  /// Ends the program and what it started.
  func kill() { running?.process.killGroup() }

  private func result(_ ending: CommandOutput.Ending, _ running: Running) -> CommandOutput {
    CommandOutput(
      ending: ending, standardOutput: running.output.bytes, standardError: running.errors.bytes)
  }
}

/// The programs that pvh has asked for, one after the other.
struct CommandQueue {
  /// Programs that may wait for their turn.
  private static let limit = 64

  private var commands: [Command] = []

  var count: Int { commands.count }

  /// Adds a program; false if too many wait.
  mutating func add(_ request: ExecuteRequest) -> Bool {
    guard commands.count < Self.limit else { return false }
    commands.append(Command(request))
    return true
  }

  func add(to waiting: inout PollSet) { commands.first?.add(to: &waiting) }

  /// Advances the first program, and the next ones as far as those before them are done.
  mutating func advance(_ agent: Agent) {
    while let command = commands.first {
      do {
        guard let result = try command.advance(now: .now) else { return }
        agent.send(.output(result))
      } catch {
        agent.fail(.execute, .commandFailed, error.message)
      }
      commands.removeFirst()
    }
  }

  func killAll() {
    for command in commands { command.kill() }
  }
}
