// SPDX-License-Identifier: Apache-2.0

import CHostSystem
import Glibc
public import SystemPackage

/// Why a program does not run.
public enum ProcessError: Error, Equatable, Sendable, CustomStringConvertible {
  /// It is not in `PATH`; `package` says where to get it.
  case notFound(name: String, package: String)
  /// The system refused to start it.
  case notStarted(program: FilePath, Errno)

  /// The fact and the remedy.
  public var description: String {
    switch self {
    case .notFound(let name, let package): "\(name) is not in PATH; install \(package)"
    case .notStarted(let program, let errno): "\(program): \(errno)"
    }
  }
}

/// How a program ended.
public enum ProgramEnding: Equatable, Sendable {
  /// It returned this status.
  case exited(Int)
  /// This signal ended it.
  case signalled(Int)

  /// The status as shells count it: 128 + the number of the signal.
  public var status: Int {
    switch self {
    case .exited(let status): status
    case .signalled(let signal): 128 + signal
    }
  }
}

/// A running program.
///
/// Own code and not swift-subprocess: that one is async only, closes the descriptors from 3 on (QEMU gets
/// nine), cannot tie a child's life to this process's, and gives no controlling terminal.
public struct ChildProcess: ~Copyable {
  /// Which files the program gets; the streams default to /dev/null.
  public struct Descriptors {
    public var input: FileDescriptor?
    public var output: FileDescriptor?
    public var error: FileDescriptor?
    /// Further ones, under the same numbers; all others are closed.
    public var inherited: [FileDescriptor]

    public init(
      input: FileDescriptor? = nil, output: FileDescriptor? = nil, error: FileDescriptor? = nil,
      inherited: [FileDescriptor] = []
    ) {
      self.input = input
      self.output = output
      self.error = error
      self.inherited = inherited
    }
  }

  /// How the program is tied to this process and to a terminal.
  public enum Attachment: Equatable, Sendable {
    /// The kernel kills it when this process ends, whatever ends it; it has a process group of its own, so
    /// that the terminal's Ctrl-C does not reach it.
    case untilWeEnd
    /// As `untilWeEnd`, but it can ask for a password on the terminal, whose Ctrl-C it ignores.
    case askingOnTerminal
    /// It has a process group of its own, and goes on when this process ends.
    case ownGroup
    /// It has a session of its own, and goes on when this process ends.
    case ownSession
    /// It has a session of its own, whose controlling terminal is this one: its three streams.
    case terminal(FilePath)
  }

  /// A pidfd: readable once the program has ended.
  public let descriptor: FileDescriptor
  /// Its number, and that of its process group unless it asks on the terminal.
  public let number: Int32
  private let attachment: Attachment
  private var ending: ProgramEnding?

  /// Starts `path`; the caller keeps its descriptors and closes them itself.
  ///
  /// The program finds `name` as its first argument, or its path, and in its environment the variables given
  /// beside this process's, or instead of some of them.
  public init(
    _ path: FilePath, name: String? = nil, _ arguments: [String],
    environment: [String: String] = [:],
    directory: FilePath? = nil, descriptors: Descriptors = Descriptors(),
    attachment: Attachment = .untilWeEnd
  ) throws(ProcessError) {
    let null: FileDescriptor
    do {
      null = try FileDescriptor.open("/dev/null", .readWrite, options: .closeOnExec)
    } catch {
      throw .notStarted(program: "/dev/null", error as? Errno ?? .ioError)
    }
    defer { try? null.close() }
    let variables = ProcessEnvironment.current.merging(environment) { $1 }.map { "\($0)=\($1)" }
    let argumentPointers = ([name ?? path.string] + arguments).map { strdup($0) } + [nil]
    let variablePointers = variables.map { strdup($0) } + [nil]
    defer { for pointer in argumentPointers + variablePointers { free(pointer) } }
    let inherited = descriptors.inherited.map(\.rawValue)
    var terminal: FilePath?
    if case .terminal(let path) = attachment { terminal = path }
    let tie =
      switch attachment {
      case .untilWeEnd: pvh_child_ends_with_us
      case .askingOnTerminal: pvh_child_asks
      case .ownGroup: pvh_child_own_group
      case .ownSession, .terminal: pvh_child_own_session
      }
    var started = pvh_child(process_descriptor: -1, process: -1)
    let error = path.withPlatformString { path in
      withOptionalPlatformString(directory) { directory in
        withOptionalPlatformString(terminal) { terminal in
          argumentPointers.withUnsafeBufferPointer { arguments in
            variablePointers.withUnsafeBufferPointer { variables in
              inherited.withUnsafeBufferPointer { inherited in
                var request = pvh_child_request(
                  path: path, arguments: arguments.baseAddress,
                  environment: variables.baseAddress, directory: directory, terminal: terminal,
                  standard_input: (descriptors.input ?? null).rawValue,
                  standard_output: (descriptors.output ?? null).rawValue,
                  standard_error: (descriptors.error ?? null).rawValue,
                  inherited: inherited.baseAddress, inherited_count: inherited.count, tie: tie)
                return pvh_child_start(&request, &started)
              }
            }
          }
        }
      }
    }
    guard error == 0 else { throw .notStarted(program: path, Errno(rawValue: error)) }
    descriptor = FileDescriptor(rawValue: started.process_descriptor)
    number = started.process
    self.attachment = attachment
  }

  deinit {
    if ending == nil, attachment == .untilWeEnd || attachment == .askingOnTerminal {
      _ = pvh_child_signal(descriptor.rawValue, SIGKILL)
      _ = Self.reap(descriptor, waiting: true)
    }
    try? descriptor.close()
  }

  public var hasEnded: Bool { ending != nil || descriptor.isReadable() }

  /// How the program ended, once it has.
  public mutating func takeEnding() -> ProgramEnding? {
    if ending == nil { ending = Self.reap(descriptor, waiting: false) }
    return ending
  }

  /// Waits for the end.
  ///
  /// - Returns: the exit status, or 128 + the number of the signal that ended it.
  public mutating func wait() -> Int32 {
    if ending == nil { ending = Self.reap(descriptor, waiting: true) }
    // waitid(2) fails only for a pidfd that is not one of a child of ours.
    guard let ending else { preconditionFailure("the child was reaped elsewhere") }
    return Int32(ending.status)
  }

  /// Sends a signal to the program and what it started in its process group.
  public func signalGroup(_ signal: Int32) {
    if ending == nil { Glibc.kill(-number, signal) }
  }

  /// Kills the program, unless it has ended, and reaps it.
  public mutating func kill() {
    guard ending == nil else { return }
    _ = pvh_child_signal(descriptor.rawValue, SIGKILL)
    _ = wait()
  }

  /// Kills the program and what it started in its process group, unless it has ended, and reaps it.
  public mutating func killGroup() {
    guard ending == nil else { return }
    signalGroup(SIGKILL)
    _ = wait()
  }

  private static func reap(_ descriptor: FileDescriptor, waiting: Bool) -> ProgramEnding? {
    var status: Int32 = 0
    var wasSignal = false
    guard pvh_child_reap(descriptor.rawValue, waiting, &status, &wasSignal) == 0 else {
      return nil
    }
    return wasSignal ? .signalled(Int(status)) : .exited(Int(status))
  }
}

/// What a program writes to its standard output.
public enum ProgramOutput {
  /// Runs a program to its end.
  ///
  /// - Parameter start: Starts it with this descriptor as its standard output.
  /// - Returns: All that it wrote, and its exit status.
  /// - Throws: What `start` throws, or an `Errno` if its output cannot be read.
  public static func collect(
    _ start: (FileDescriptor) throws -> ChildProcess
  ) throws -> (bytes: [UInt8], status: Int32) {
    let pipe = try FileDescriptor.closingPipe()
    defer { try? pipe.readEnd.close() }
    var child: ChildProcess
    do {
      defer { try? pipe.writeEnd.close() }
      child = try start(pipe.writeEnd)
    }
    return (try pipe.readEnd.readAll(), child.wait())
  }
}

/// A pidfd of any process: readable once it has ended; nil if there is no such process.
public func processDescriptor(of process: Int32) -> FileDescriptor? {
  let number = pvh_process_descriptor(process)
  return number < 0 ? nil : FileDescriptor(rawValue: number)
}

private func withOptionalPlatformString<Result>(
  _ path: FilePath?, _ body: (UnsafePointer<CChar>?) -> Result
) -> Result {
  guard let path else { return body(nil) }
  return path.withPlatformString { body($0) }
}
