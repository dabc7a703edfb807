// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser
import Glibc
import HostSystem
import SystemPackage
import XenDomainModel

/// `pvh vchan`: a guest's stream of bytes on standard input and output.
struct VchanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vchan",
    abstract: "Connects standard input and output to a vchan that a guest serves.",
    discussion: """
      The guest offers it to the control domain (guest.offerVchan(at: "data/control") in Swift); it \
      needs no network. One client at a time.

      What comes on standard input goes to the guest, what the guest writes to standard output. It is \
      over when the guest closes the vchan. A vchan cannot be closed for one direction alone: after \
      the end of the input, pvh waits until the guest has taken all of it, then closes the vchan \
      when the guest has written nothing for the time of --linger. The exit status is 125 if the guest \
      closes it before it has taken all of the input, or ends without closing it.

      Example: echo status | pvh vchan hello data/control
      """)

  @Argument(
    help: "Name or number of the domain.",
    completion: .custom { words, _, _ in DomainNames.all(words) })
  var domain: String

  @Argument(help: "Its path in xenstore: in the domain's directory, or from the root.")
  var path: String

  @Option(
    help: ArgumentHelp(
      "How long the guest may write nothing after the end of the input.", valueName: "seconds"))
  var linger: Double = 1

  @OptionGroup var target: TargetOptions

  func validate() throws {
    guard (0...86_400).contains(linger) else {
      throw ValidationError("--linger: \(linger) is no number of seconds up to a day")
    }
    guard !path.split(separator: "/").isEmpty, !path.hasSuffix("/") else {
      throw ValidationError("\"\(path)\" is no path of a vchan, such as data/control")
    }
  }

  func run() throws {
    let agent = try target.place.connect(for: .lasting)
    defer { agent.close() }
    let signals = try SignalDescriptor([SIGINT, SIGTERM, SIGHUP])
    var session = VchanSession(agent: agent, lingerMilliseconds: Int(linger * 1000))
    try session.perform(domain, path, signals: signals)
  }
}

/// Standard input and output and a guest's vchan, from connecting to closing.
struct VchanSession {
  /// Bytes of input that are read ahead.
  private static let piece = 64 << 10

  let agent: AgentConnection
  let lingerMilliseconds: Int
  /// What was read, and waits for room.
  private var backlog: [UInt8] = []
  private var inputHasEnded = false
  /// When the guest has been silent long enough; known once it has taken all of the input.
  private var deadline: MonotonicTime?
  private var isLeaving = false

  init(agent: AgentConnection, lingerMilliseconds: Int) {
    self.agent = agent
    self.lingerMilliseconds = lingerMilliseconds
  }

  /// Passes bytes both ways until it is over.
  mutating func perform(
    _ domain: String, _ path: String, signals: borrowing SignalDescriptor
  ) throws(Problem) {
    try agent.ask { client throws(AgentError) in
      try client.send(.vchan(domain: domain, path: path))
    }
    while true {
      try sendInput()
      let untaken = backlog.count + agent.client.untakenInput
      switch try next(signals) {
      case .event(.done(.stopped)): return
      case .event(.done): return try conclude(untaken)
      case .event(.vchan(let bytes)):
        try Terminal.write(bytes)
        if deadline != nil { deadline = silence }
      case .event(.failed(let failure)): throw Problem(failure)
      case .readable(signals.descriptor):
        guard let signal = signals.take() else { continue }
        throw Problem(
          "interrupted; the vchan is closed, and the guest goes on",
          status: .interrupted(bySignal: signal))
      case .readable: readInput()
      case .timedOut: try leave()
      case .event: continue
      }
    }
  }

  private func next(
    _ signals: borrowing SignalDescriptor
  ) throws(Problem) -> AgentClient.Activity {
    var watched = [signals.descriptor]
    if !inputHasEnded, backlog.isEmpty { watched.append(.standardInput) }
    let limit = deadline.map { Int($0.pollTimeout(from: .now)) }
    return try agent.ask { client throws(AgentError) in
      try client.next(watching: watched, timeoutMilliseconds: limit)
    }
  }

  private mutating func readInput() {
    let bytes = FileDescriptor.standardInput.readAvailable(limit: Self.piece)
    backlog = bytes ?? []
    inputHasEnded = bytes == nil
  }

  /// Sends what there is room for; after the last of it, the guest's silence counts.
  private mutating func sendInput() throws(Problem) {
    let bytes = Array(backlog.prefix(agent.client.inputRoom))
    backlog.removeFirst(bytes.count)
    try agent.ask { client throws(AgentError) in try client.send(input: bytes) }
    guard inputHasEnded, backlog.isEmpty, agent.client.untakenInput == 0, !isLeaving else { return }
    deadline = deadline ?? silence
  }

  private var silence: MonotonicTime { .now.adding(milliseconds: lingerMilliseconds) }

  private mutating func leave() throws(Problem) {
    (deadline, isLeaving) = (nil, true)
    try agent.ask { client throws(AgentError) in try client.send(.stop) }
  }

  /// The guest has closed its end.
  private func conclude(_ untaken: Int) throws(Problem) {
    guard untaken > 0 else { return }
    throw Problem(
      "the guest closed the vchan before it had taken all of the input: the last \(untaken) bytes "
        + "that were read are lost")
  }
}
