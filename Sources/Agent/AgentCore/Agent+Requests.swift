// SPDX-License-Identifier: Apache-2.0
import AgentProtocol
import Glibc
import XenToolstack

extension Agent {
  /// Programs that may wait for their turn.
  static let commandLimit = 64

  /// Does what pvh asks, or at least starts to.
  func handle(_ request: Request) {
    if case .hello(let version) = request { return greet(version) }
    guard let clientVersion else {
      return refuse("a conversation starts with a \"hello\" message")
    }
    guard clientVersion == .current else {
      let mismatch = VersionMismatch(client: clientVersion, agent: .current)
      return fail(.conversation, .versionMismatch, mismatch.description)
    }
    switch request {
    case .hello: break
    case .attach(let file, let bytes): files.append(bytes, to: file)
    case .run(let run): start(run)
    case .input(let bytes):
      // Input for a run that has just ended is nobody's mistake.
      if let run = consoleRun, !run.enqueue(input: bytes) {
        refuse("more console input than was asked for: wait for \"inputAccepted\"")
      }
      passToSupervisor(input: bytes)
    case .stop:
      stopRun()
      endWait()
      detachConsole()
      endLogs()
    case .create(let domain, let startsPaused): create(domain, startsPaused: startsPaused)
    case .plan(let domain, let startsPaused): plan(domain, startsPaused: startsPaused)
    case .supervise(let domain, let restart): supervise(domain, restart)
    case .release(let domain): release(domain)
    case .parse(let text, let file): parse(text, file: file)
    case .list: list()
    case .show(let domain): show(domain)
    case .logs(let request): startLogs(request)
    case .console(let domain): attachConsole(of: domain)
    case .act(let action): act(action)
    case .execute(let execute): enqueue(execute)
    }
  }

  private func greet(_ version: ProtocolVersion) {
    clientVersion = version
    do {
      let host = try controlDomain()
      send(
        .ready(
          AgentInformation(
            version: .current, xenVersion: host.xenVersion, freeMemoryKiB: host.freeMemoryKiB)))
      // pvh need not wait for what is mended first.
      _ = output.flush()
      removeAbandonedDomains()
      mendSupervision()
    } catch {
      fail(.hello, error)
    }
  }

  private func enqueue(_ request: ExecuteRequest) {
    guard commands.count < Self.commandLimit else {
      return fail(.execute, .badRequest, "\(commands.count) programs are waiting already")
    }
    commands.append(Command(request))
  }

  /// Drives the program whose turn it is.
  func advanceCommands() {
    while let command = commands.first {
      do {
        guard let result = try command.advance(now: .now) else { return }
        send(.output(result))
      } catch {
        fail(.execute, .commandFailed, error.message)
      }
      commands.removeFirst()
    }
  }

  /// Reports a failure that the toolstack explained.
  func fail(_ subject: Failure.Subject, _ error: ToolstackError) {
    send(.failed(Failure(subject, error)))
  }

  /// Reports a failure.
  func fail(_ subject: Failure.Subject, _ kind: Failure.Kind, _ message: String) {
    send(.failed(Failure(subject: subject, kind: kind, message: message)))
  }

  private func refuse(_ message: String) {
    fail(.conversation, .badRequest, message)
  }

  /// Leaves nothing behind, says goodbye, and returns the exit status of the process.
  func conclude() -> Int32 {
    for command in commands { command.kill() }
    var status: Int32 = 0
    switch ending {
    case .signal(let number):
      fail(
        activeRun == nil ? .conversation : .run, .interrupted,
        "the agent was ended by signal \(number)")
      status = 128 + number
    case .badRequest(let error):
      fail(.conversation, .badRequest, error.description)
      status = 65
    case .hungUp, nil: break
    }
    do {
      try abandonRun()
    } catch {
      complain(error.message)
      status = 70
    }
    _ = output.flush(milliseconds: 1000)
    return status
  }
}
