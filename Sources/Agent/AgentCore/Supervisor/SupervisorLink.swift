// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainSupervision
import Glibc
import HostSystem
import SystemPackage
import XenToolstack

/// An agent's connection to the supervisor of its control domain.
final class SupervisorLink {
  /// The conversation; the supervisor does one thing after another.
  let client: AgentClient
  /// Readable when the supervisor says something.
  let descriptor: FileDescriptor

  /// Connects to the supervisor, and starts one if there is none: `program`, with `supervise`.
  init(program: FilePath, folder: SupervisionFolder = .standard) throws(ToolstackError) {
    var attempts = 2
    while true {
      let socket = try explaining { () throws(SupervisionError) in
        try folder.prepare()
        return try Self.connect(folder, program)
      }
      let client = AgentClient(incoming: socket, outgoing: socket)
      do throws(AgentError) {
        _ = try client.greet(timeoutMilliseconds: ConnectionRules.patience)
        (descriptor, self.client) = (socket, client)
        return
      } catch {
        try? socket.close()
        attempts -= 1
        // The supervisor was about to exit when we connected.
        if case .ended = error, attempts > 0 { continue }
        throw Self.explanation(error, folder)
      }
    }
  }

  deinit {
    try? descriptor.close()
  }

  /// Whether the supervisor has not hung up.
  var isOpen: Bool { !descriptor.isReadable() }

  /// Asks the supervisor for something; fails with what the supervisor says.
  func ask<Answer>(_ question: (AgentClient) throws(AgentError) -> Answer) throws(ToolstackError)
    -> Answer
  {
    do throws(AgentError) {
      return try question(client)
    } catch {
      guard case .failed(let failure) = error else {
        throw ToolstackError(.other, "the supervisor of domains: \(error)")
      }
      throw failure.toolstackError
    }
  }

  /// The next event from the supervisor that has arrived already.
  func nextEvent() throws(ToolstackError) -> Event? {
    try ask { client throws(AgentError) in
      guard case .event(let event) = try client.next(timeoutMilliseconds: 0) else { return nil }
      return event
    }
  }

  private static func connect(
    _ folder: SupervisionFolder, _ program: FilePath
  ) throws(SupervisionError) -> FileDescriptor {
    var rules = ConnectionRules(now: .now)
    var process: FileDescriptor?
    defer { try? process?.close() }
    while true {
      let socket = try SupervisionError.explaining("connecting to", folder.socket) {
        () throws(Errno) in try LocalSocket.connect(to: folder.socket)
      }
      if let socket { return socket }
      let step = rules.step(
        hasEnded: process?.isReadable() ?? false, isLocked: ProcessLock.holder(folder.lock) != nil,
        now: .now)
      switch step {
      case .start:
        try? process?.close()
        process = try start(folder, program)
      case .wait: break
      case .giveUp(let fact):
        throw SupervisionError("the supervisor of domains \(fact): see \(folder.log)")
      }
      usleep(5000)
    }
  }

  /// Starts a supervisor; returns what is readable once it has ended.
  private static func start(
    _ folder: SupervisionFolder, _ program: FilePath
  ) throws(SupervisionError) -> FileDescriptor {
    do {
      let log = try FileDescriptor.open(
        folder.log, .writeOnly, options: [.create, .append, .closeOnExec],
        permissions: .ownerReadWrite)
      defer { try? log.close() }
      let process = try ChildProcess(
        program, ["supervise"], descriptors: .init(error: log), attachment: .ownSession)
      return try process.descriptor.duplicate()
    } catch {
      throw SupervisionError("the supervisor of domains cannot be started: \(error)")
    }
  }

  private static func explanation(_ error: AgentError, _ folder: SupervisionFolder)
    -> ToolstackError
  {
    guard case .versionMismatch = error, let holder = ProcessLock.holder(folder.lock) else {
      return ToolstackError(.other, "the supervisor of domains: \(error); see \(folder.log)")
    }
    return ToolstackError(
      .other,
      "the supervisor of domains, process \(holder), is of another version than this agent: "
        + "end it with 'kill \(holder)', which leaves the domains running, and repeat this")
  }
}

/// When a supervisor is started because none answers, and when that is given up. No I/O and no clock.
struct ConnectionRules {
  enum Step: Equatable {
    case start
    /// One is there, or is starting: try to connect again.
    case wait
    /// The text says what is wrong with the supervisor.
    case giveUp(String)
  }

  /// Milliseconds that a supervisor may take to be there.
  static let patience = 10_000
  /// How many supervisors are started: the first may exit because an older one still had the lock.
  static let startLimit = 2

  private let deadline: MonotonicTime
  private var startCount = 0
  private var isStarting = false

  init(now: MonotonicTime) { deadline = now.adding(milliseconds: Self.patience) }

  /// What to do after nobody has answered: `hasEnded` says that the one that was started has exited,
  /// `isLocked` that one holds the lock of supervisors.
  mutating func step(hasEnded: Bool, isLocked: Bool, now: MonotonicTime) -> Step {
    if hasEnded { isStarting = false }
    // A supervisor that is about to exit does not listen any more, but still has the lock.
    let isWanted = !isStarting && !isLocked
    if isWanted, startCount >= Self.startLimit { return .giveUp("ends at once") }
    guard now < deadline else { return .giveUp("did not start in \(Self.patience) ms") }
    guard isWanted else { return .wait }
    isStarting = true
    startCount += 1
    return .start
  }
}
