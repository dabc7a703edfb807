// SPDX-License-Identifier: Apache-2.0
import AgentProtocol
import CXenLight
import Glibc
import Supervision
import XenToolstack

/// An agent's way to the supervisor of its control domain.
final class SupervisorLink {
  /// Milliseconds that a supervisor may take to be there.
  private static let patience = 10_000

  /// The conversation; the supervisor does one thing after another.
  let client: AgentClient
  /// Readable when the supervisor says something.
  let descriptor: Int32

  /// Connects to the supervisor, and starts one if there is none.
  init(folder: SupervisionFolder = .standard) throws(ToolstackError) {
    var attempts = 2
    while true {
      let socket = try explaining { () throws(SupervisionError) in
        try folder.prepare()
        return try Self.connect(folder)
      }
      let client = AgentClient(incoming: socket, outgoing: socket)
      do throws(AgentError) {
        _ = try client.greet(timeoutMilliseconds: Self.patience)
        (descriptor, self.client) = (socket, client)
        return
      } catch {
        close(socket)
        attempts -= 1
        // It was just about to end when we came.
        if case .ended = error, attempts > 0 { continue }
        throw Self.explanation(error, folder)
      }
    }
  }

  deinit {
    close(descriptor)
  }

  /// Whether the supervisor has not hung up.
  var isOpen: Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, 0) == 0
  }

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
      throw ToolstackError(failure)
    }
  }

  /// What the supervisor has said, if it has said something.
  func nextEvent() throws(ToolstackError) -> Event? {
    try ask { client throws(AgentError) in
      guard case .event(let event) = try client.next(timeoutMilliseconds: 0) else { return nil }
      return event
    }
  }

  private static func connect(_ folder: SupervisionFolder) throws(SupervisionError) -> Int32 {
    let deadline = MonotonicTime.now.adding(milliseconds: patience)
    var process: SpawnedProcess?
    var starts = 0
    defer { if let process { close(process.end) } }
    while true {
      if let socket = try SupervisorSocket.connect(to: folder.socket) { return socket }
      // One that is about to end does not listen any more, but keeps ours from taking over.
      if process?.hasEnded ?? true, SupervisorLock.holder(at: folder.lock) == nil {
        if let process { close(process.end) }
        guard starts < 2 else {
          throw SupervisionError("the supervisor of domains ends at once: see \(folder.log)")
        }
        process = try start(folder)
        starts += 1
      }
      guard MonotonicTime.now < deadline else {
        throw SupervisionError(
          "the supervisor of domains did not start in \(patience) ms: see \(folder.log)")
      }
      usleep(5000)
    }
  }

  private static func start(_ folder: SupervisionFolder) throws(SupervisionError) -> SpawnedProcess
  {
    do {
      return try SpawnedProcess(
        ["/proc/self/exe", "supervise"], streams: .none(errors: folder.log))
    } catch {
      throw SupervisionError("the supervisor of domains cannot be started: \(error.message)")
    }
  }

  private static func explanation(_ error: AgentError, _ folder: SupervisionFolder)
    -> ToolstackError
  {
    guard case .versionMismatch = error, let holder = SupervisorLock.holder(at: folder.lock) else {
      return ToolstackError(.other, "the supervisor of domains: \(error); see \(folder.log)")
    }
    return ToolstackError(
      .other,
      "the supervisor of domains, process \(holder), is of another version than this agent: "
        + "end it with 'kill \(holder)', which leaves the domains running, and repeat this")
  }
}
