// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import HostSystem
import SystemPackage
import XenToolstack

/// Where an agent's events go.
protocol AgentListener: AnyObject {
  func take(_ event: Event)
  /// Sends what has been said so far, if it does not go out by itself.
  func flush()
  /// How many bytes more may be taken from a guest now.
  var outputRoom: Int { get }
}

/// Does in a control domain what one pvh asks for: requests go in, events come out. It is driven by its
/// owner's poll(2) loop, in a process of its own or in pvh's.
final class Agent {
  weak var listener: (any AgentListener)?
  /// The program that cleans up and that becomes the supervisor.
  let program: FilePath
  /// Watches guests in their first moments; nil but in a measurement.
  let observe: RunObserver?
  /// From the "hello" message; nil before it.
  private var clientVersion: ProtocolVersion?
  var files = AttachedFiles()
  var run: AgentRun?
  var domainWait: DomainWait?
  private var attachment: (any Attachment)?
  private var logs: LogFollower?
  private var commands = CommandQueue()
  /// Opened when it is needed first.
  private var link: SupervisorLink?
  private var host: ControlDomain?
  let cleanup: OrphanCleanup

  /// What it says before it has a listener is lost.
  init(program: FilePath = "/proc/self/exe", observe: RunObserver? = nil) {
    self.program = program
    self.observe = observe
    cleanup = OrphanCleanup(program: program)
  }

  /// Opens Xen's libraries; if they cannot be opened, each call tries again.
  func controlDomain() throws(ToolstackError) -> ControlDomain {
    if let host { return host }
    let opened = try ControlDomain()
    opened.destroyElsewhere = { [program] (domain) throws(ToolstackError) in
      try Command.reap(domain, with: program)
    }
    host = opened
    return opened
  }

  /// Opens Xen's libraries beforehand; a failure is reported when they are needed.
  func prepare() { _ = try? controlDomain() }

  /// Connects when it is needed first, and again when the supervisor has exited.
  func supervisor() throws(ToolstackError) -> SupervisorLink {
    if let link, link.isOpen { return link }
    let opened = try SupervisorLink(program: program)
    link = opened
    return opened
  }

  /// Whether a domain of this conversation runs.
  var isRunning: Bool { run != nil }

  // MARK: - What pvh asks

  /// Does what pvh asks, or begins to; ``advance()`` goes on.
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
    case .disk(let part): files.add(part)
    case .run(let run): start(run)
    case .input(let bytes): type(bytes)
    case .debug(let bytes): run?.debug(bytes)
    case .forward(let part):
      if let run { run.forward(part) } else { attachment?.forward(part, self) }
    case .stop: stop()
    case .create(let domain, let startsPaused): create(domain, startsPaused: startsPaused)
    case .plan(let domain, let startsPaused): plan(domain, startsPaused: startsPaused)
    case .supervise(let domain, let restart): supervise(domain, restart)
    case .release(let domain): release(domain)
    case .parse(let text, let file): parse(text, file: file)
    case .list: list()
    case .show(let domain): show(domain)
    case .logs(let request): startLogs(request)
    case .console(let domain):
      attach(.console) { [program] (host) throws(ToolstackError) in
        try AttachedConsole(of: domain, host: host, program: program)
      }
    case .vchan(let domain, let path):
      attach(.vchan) { (host) throws(ToolstackError) in
        try AttachedVchan(of: domain, at: path, host: host)
      }
    case .publish(let domain):
      attach(.publish) { (host) throws(ToolstackError) in
        let ports = try AttachedPorts(of: domain, host: host)
        send(.publishing)
        return ports
      }
    case .act(let action): act(action)
    case .attachDisk, .detachDisk, .disks, .interfaces: handleDevices(request)
    case .execute(let request):
      if !commands.add(request) {
        fail(.execute, .badRequest, "\(commands.count) programs are waiting already")
      }
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
      // Before the repairs, for which pvh need not wait.
      listener?.flush()
      removeAbandonedDomains()
      restartSupervisor()
    } catch {
      fail(.hello, error)
    }
  }

  private func start(_ request: RunRequest) {
    guard run == nil else {
      return fail(.run, .badRequest, "a domain of this conversation runs already")
    }
    do {
      run = try AgentRun(request, agent: self)
    } catch {
      fail(.run, error)
    }
  }

  private func type(_ bytes: [UInt8]) {
    // Input for a run that has just ended was on its way: it is no error.
    guard !(run?.enqueue(input: bytes) ?? attachment?.enqueue(input: bytes) ?? true) else { return }
    refuse("more input than was asked for: wait for \"inputAccepted\"")
  }

  private func stop() {
    run?.stop()
    for isBusy in [domainWait != nil, attachment != nil, logs != nil] where isBusy {
      send(.done(.stopped))
    }
    (domainWait, attachment, logs) = (nil, nil, nil)
  }

  /// Begins to pass bytes between pvh and something of a guest's.
  private func attach(
    _ subject: Failure.Subject, _ open: (ControlDomain) throws(ToolstackError) -> any Attachment
  ) {
    guard run == nil, attachment == nil else {
      return fail(subject, .badRequest, "something of this conversation takes input already")
    }
    do throws(ToolstackError) {
      attachment = try open(controlDomain())
    } catch {
      fail(subject, error)
    }
  }

  private func startLogs(_ request: LogRequest) {
    guard logs == nil else {
      return fail(.logs, .badRequest, "a log is being read already: send \"stop\" first")
    }
    do throws(ToolstackError) {
      let follower = try LogFollower(request, host: controlDomain())
      if follower.lostByteCount > 0, request.lineCount == nil {
        send(.remark("of this log the first \(follower.lostByteCount) bytes are gone"))
      }
      logs = follower
    } catch {
      fail(.logs, error)
    }
  }

  // MARK: - What goes on meanwhile

  func advance() {
    if let run, run.advance() { self.run = nil }
    if let domainWait, domainWait.advance(self) { self.domainWait = nil }
    if let attachment, attachment.advance(self) { self.attachment = nil }
    if let logs {
      let end = logs.advance(now: .now, room: { outputRoom }, pass: { send(.console($0)) })
      if end.isOver {
        self.logs = nil
        send(.done(end.outcome))
      }
    }
    commands.advance(self)
  }

  func add(to waiting: inout PollSet) {
    let room = outputRoom
    run?.add(to: &waiting, outputRoom: room)
    waiting.wake(at: domainWait?.nextLook)
    attachment?.add(to: &waiting, outputRoom: room)
    waiting.wake(at: logs?.nextLook)
    commands.add(to: &waiting)
  }

  /// Ends everything that this conversation began; what was to outlive it goes on.
  func abandon() throws(ToolstackError) {
    commands.killAll()
    let run = run
    self.run = nil
    try run?.abandon()
  }

  // MARK: - What the agent says

  /// How many bytes more may be taken from a guest now.
  var outputRoom: Int { listener?.outputRoom ?? 0 }

  func send(_ event: Event) { listener?.take(event) }

  /// Reports a failure that the toolstack explained.
  func fail(_ subject: Failure.Subject, _ error: ToolstackError) {
    send(.failed(Failure(subject, error)))
  }

  func fail(_ subject: Failure.Subject, _ kind: Failure.Kind, _ message: String) {
    send(.failed(Failure(subject: subject, kind: kind, message: message)))
  }

  private func refuse(_ message: String) { fail(.conversation, .badRequest, message) }
}
