// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import Glibc
import SystemPackage
import Testing
import XenDomainModel

@Suite(.timeLimit(.minutes(30))) struct AgentClientTests {
  private let agent = FakeAgent()
  private var client: AgentClient {
    AgentClient(
      incoming: FileDescriptor(rawValue: agent.clientEnd),
      outgoing: FileDescriptor(rawValue: agent.clientEnd))
  }
  private static let information = AgentInformation(
    version: .current, xenVersion: "4.17.7", freeMemoryKiB: 5)
  private static let result = RunResult(
    outcome: .exited(3), producedByteCount: 100_000, deliveredByteCount: 100_000)

  @Test func greets() throws {
    let requests = agent.play { _ in [.ready(Self.information)] }
    #expect(try client.greet(timeoutMilliseconds: 10_000) == Self.information)
    close(agent.clientEnd)
    #expect(requests.finished() == [.hello(.current)])
  }

  @Test func refusesAnAgentOfAnotherVersion() {
    let other = ProtocolVersion(rawValue: ProtocolVersion.current.rawValue + 1)
    var information = Self.information
    information.version = other
    agent.blurt(Event.ready(information).message.encoded())
    #expect(
      throws: AgentError.versionMismatch(VersionMismatch(client: .current, agent: other))
    ) { try client.greet() }
  }

  @Test func waitsNoLongerThanTold() {
    #expect(throws: AgentError.silent(milliseconds: 50)) {
      try client.greet(timeoutMilliseconds: 50)
    }
  }

  @Test func runsADomain() throws {
    let kernel = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let output = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 17) }
    let requests = agent.play { request in
      guard case .run = request else { return [] }
      return [
        .created(CreatedDomain(domainID: 7, name: "a", memoryKiB: 1024)),
        .console(Array(output[..<60_000])), .console(Array(output[60_000...])),
        .finished(Self.result),
      ]
    }
    var seen: [UInt8] = []
    let result = try client.run(
      RunRequest(name: "a", memoryKiB: 1024), kernel: kernel, module: [1, 2]
    ) { event in
      if case .console(let bytes) = event { seen += bytes }
    }
    #expect(result == Self.result)
    #expect(result.isConsoleComplete)
    #expect(seen == output)
    close(agent.clientEnd)
    var arrived: [AttachedFile: [UInt8]] = [:]
    for request in requests.finished() {
      switch request {
      case .attach(let file, let bytes): arrived[file, default: []] += bytes
      case .run(let run):
        #expect(run.kernelByteCount == kernel.count)
        #expect(run.moduleByteCount == 2)
      default: Issue.record("unexpected \(request)")
      }
    }
    #expect(arrived == [.kernel: kernel, .module: [1, 2]])
  }

  @Test func throwsWhatTheAgentCouldNotDo() {
    let failure = Failure(
      subject: .run, kind: .toolstack(.nameTaken), message: "taken", log: ["libxl: x"])
    _ = agent.play { request in
      if case .run = request { [.failed(failure)] } else { [] }
    }
    #expect(throws: AgentError.failed(failure)) {
      try client.run(RunRequest(name: "a", memoryKiB: 1024), kernel: [1])
    }
  }

  @Test func executes() throws {
    let output = CommandOutput(ending: .exited(1), standardOutput: [1], standardError: [2])
    _ = agent.play { _ in [.output(output)] }
    #expect(try client.execute(["xl", "list"]) == output)
  }

  @Test func keepsInputWithinTheWindow() throws {
    let client = client
    let window = AgentClient.inputWindow
    #expect(client.inputRoom == window)
    try client.send(input: [UInt8](repeating: 1, count: 1000))
    #expect(client.inputRoom == window - 1000)
    agent.blurt(Event.inputAccepted(400).message.encoded())
    #expect(try client.next() == .event(.inputAccepted(400)))
    #expect(client.inputRoom == window - 600)
    agent.blurt(Event.finished(Self.result).message.encoded())
    _ = try client.next()
    #expect(client.inputRoom == window)
  }

  @Test func reportsDescriptorsOfTheCaller() throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let client = client
    #expect(
      try client.next(watching: [FileDescriptor(rawValue: ends[0])], timeoutMilliseconds: 20)
        == .timedOut)
    _ = write(ends[1], "x", 1)
    #expect(
      try client.next(watching: [FileDescriptor(rawValue: ends[0])])
        == .readable(FileDescriptor(rawValue: ends[0])))
    agent.blurt(Event.note("first").message.encoded())
    #expect(
      try client.next(watching: [FileDescriptor(rawValue: ends[0])]) == .event(.note("first")))
  }

  /// An agent that has much to say does not keep the user's keys from being read, nor does one of the caller's
  /// descriptors keep another.
  @Test func allTakeTurns() throws {
    let pipes = try (0..<2).map { _ in
      var ends: [Int32] = [-1, -1]
      try #require(pipe(&ends) == 0)
      _ = write(ends[1], "x", 1)
      return ends
    }
    defer { for end in pipes.joined() { close(end) } }
    let watched = pipes.map { FileDescriptor(rawValue: $0[0]) }
    for count in 0..<9 { agent.blurt(Event.note("\(count)").message.encoded()) }
    let client = client
    var seen: [AgentClient.Activity] = []
    for _ in 0..<18 { seen.append(try client.next(watching: watched)) }
    // Each has its turn, whoever is the first.
    let notes = seen.compactMap { activity -> String? in
      if case .event(.note(let text)) = activity { text } else { nil }
    }
    #expect(notes == (0..<9).map { "\($0)" })
    for descriptor in watched {
      #expect((4...5).contains(seen.filter { $0 == .readable(descriptor) }.count), "\(seen)")
    }
    for pair in zip(seen, seen.dropFirst()) { #expect(pair.0 != pair.1) }
  }

  @Test func tellsAnEndInTheMiddleOfAMessage() {
    agent.blurt(Array("{\"type\"".utf8), hangUp: true)
    #expect(throws: AgentError.ended(unfinishedByteCount: 7)) { try client.next() }
  }

  @Test func takesADeadAgentForAnError() {
    agent.blurt([], hangUp: true)
    #expect(throws: AgentError.ended(unfinishedByteCount: 0)) {
      for _ in 0..<100 { try client.send(.stop) }
    }
  }

  /// Requests that cross the last words of an agent do not hide them.
  @Test func lastWordsAreHeard() throws {
    let client = client
    let failure = Failure(subject: .vchan, kind: .toolstack(.other), message: "no vchan")
    let events = [Event.note("a"), .failed(failure)]
    agent.blurt(events.flatMap { $0.message.encoded() }, hangUp: true)
    for _ in 0..<3 { try client.send(.stop) }
    #expect(try events.map { _ in try client.next() } == events.map { .event($0) })
    #expect(throws: AgentError.ended(unfinishedByteCount: 0)) { try client.send(.stop) }
    #expect(throws: AgentError.ended(unfinishedByteCount: 0)) { try client.next() }
  }

  @Test func refusesGarbage() {
    agent.blurt(Array("Segmentation fault\n".utf8))
    #expect(throws: AgentError.self) { try client.greet() }
  }
}
