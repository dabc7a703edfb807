// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import HostJSON
import Testing
import XenDomainModel

@Suite struct MessageTests {
  @Test(arguments: [
    Request.hello(.current), .attach(.kernel, [1, 2, 3]), .attach(.module, []),
    .run(RunRequest(name: "a", memoryKiB: 1024)),
    .run(
      with(
        RunRequest(
          DomainConfiguration(
            name: "b", commandLine: "x=\"1\" é", memoryKiB: 65536, vcpuCount: 4,
            nativeTimestampCounter: true, modules: [0..<1, 4096..<5000]),
          timeLimitMilliseconds: 1500, loader: .xenguest, verbose: true, preciseTimings: true)
      ) { ($0.kernelByteCount, $0.moduleByteCount) = (9, 5000) }),
    .create(
      with(RunRequest(name: "c", memoryKiB: 256)) { $0.kernelByteCount = 5 }, startsPaused: true),
    .plan(RunRequest(name: "p", memoryKiB: 4), startsPaused: false),
    .supervise(with(RunRequest(name: "s", memoryKiB: 4)) { $0.moduleByteCount = 3 }, .onCrash),
    .release(domain: "s"), .show(domain: "5"), .logs(LogRequest(domain: "s")),
    .logs(LogRequest(domain: "s", lineCount: 0, follows: true)),
    .parse(Array("type = \"pvh\"\n".utf8), file: "é.cfg"), .list, .console(domain: "é"),
    .publish(domain: "é"), .vchan(domain: "é", path: "/local/domain/0/v"),
    .act(DomainAction(.pause, on: "a")), .act(DomainAction(.reboot, on: "a")),
    .act(DomainAction(.shutdown, on: "7", timeLimitMilliseconds: 100)),
    .input([0, 10, 255]), .stop,
    .execute(ExecuteRequest(arguments: ["xl", "list"], timeLimitMilliseconds: 5)),
    .execute(ExecuteRequest(arguments: ["cat"], input: [0, 10, 255])),
  ])
  func requestsSurviveTheWire(request: Request) throws {
    #expect(try Request(sent(request.message)) == request)
  }

  @Test(arguments: [
    Event.ready(AgentInformation(version: .current, xenVersion: "4.17.7", freeMemoryKiB: 1)),
    .created(CreatedDomain(domainID: 32751, name: "a", memoryKiB: 1024)),
    .console([0, 10, 13, 255]), .vchan([0, 10, 13, 255]), .inputAccepted(17),
    .note("Name  ID\nDomain-0  0\n"),
    .timings(RunTimings(create: 1, attach: 2, drain: 3, destroy: 4)),
    .timings(
      RunTimings(
        create: 1, attach: 2, unpauseToFirstByte: 3, unpauseToFirstOutput: 4,
        unpauseToShutdown: 5, drain: 6, destroy: 7)),
    .description(DomainSpec()), .description(whole),
    .done(nil), .done(.exited(7)), .domains([]),
    .domains([
      DomainSummary(
        domainID: 3, name: "é", uuid: "0f", state: .shutDown(.powerOff), memoryKiB: 4096,
        vcpuCount: 2,
        cpuNanoseconds: 1 << 40),
      DomainSummary(
        domainID: nil, name: "w", uuid: "", state: .waiting, memoryKiB: 4, vcpuCount: 1,
        cpuNanoseconds: 0,
        supervision: Supervision(
          restart: .always, restartCount: 2, startedAt: 9, outcome: .exited(3), problem: "p")),
    ]),
    .details(
      DomainDetails(
        summary: DomainSummary(
          domainID: 1, name: "d", uuid: "0e", state: .running, memoryKiB: 4, vcpuCount: 1,
          cpuNanoseconds: 7, supervision: Supervision(restart: .never, startedAt: 1)),
        memoryLimitKiB: 5, pagingPoolKiB: 6, terminal: "/dev/pts/1",
        request: RunRequest(name: "d", memoryKiB: 4), logByteCount: 8)),
    .remark("by the way"),
    .failed(
      Failure(
        subject: .run, kind: .toolstack(.imageRejected), message: "no",
        log: ["xc: error: \"x\"", ""])),
    .output(CommandOutput(ending: .exited(3), standardOutput: [1], standardError: [2, 3])),
    .output(CommandOutput(ending: .signalled(9), standardOutput: [], standardError: [])),
    .output(CommandOutput(ending: .timedOut, standardOutput: [], standardError: [5])),
  ])
  func eventsSurviveTheWire(event: Event) throws {
    #expect(try Event(sent(event.message)) == event)
  }

  @Test(arguments: [
    Outcome.exited(0), .exited(255), .malformedExitStatus("x\"y"), .crashed, .rebootRequested,
    .otherShutdown(reason: 4), .timedOut, .stopped, .destroyedFromOutside,
  ])
  func outcomesSurviveTheWire(outcome: Outcome) throws {
    for produced in [nil, 0, 5] {
      let event = Event.finished(
        RunResult(outcome: outcome, producedByteCount: produced, deliveredByteCount: 5))
      #expect(try Event(sent(event.message)) == event)
    }
  }

  @Test(arguments: Failure.Kind.allCases, Failure.Subject.allCases)
  func failuresSurviveTheWire(kind: Failure.Kind, subject: Failure.Subject) throws {
    let event = Event.failed(Failure(subject: subject, kind: kind, message: "m"))
    #expect(try Event(sent(event.message)) == event)
  }

  @Test func looksAsWrittenDown() {
    let bytes = Event.console(Array("hi\n".utf8)).message.encoded()
    #expect(String(decoding: bytes, as: UTF8.self) == "{\"type\":\"console\",\"body\":3}\nhi\n")
  }

  @Test(arguments: [
    ("{}", ProtocolError.missingField("type", message: "")),
    ("{\"type\":1}", .wrongField("type", message: "", wanted: "a string")),
    ("{\"type\":\"dance\"}", .unknownMessage(type: "dance")),
    ("{\"type\":\"hello\"}", .missingField("protocol", message: "hello")),
    (
      "{\"type\":\"hello\",\"protocol\":\"1\"}",
      .wrongField("protocol", message: "hello", wanted: "a whole number")
    ),
    (
      "{\"type\":\"attach\",\"file\":\"/etc/passwd\"}",
      .wrongField("file", message: "attach", wanted: "\"kernel\" or \"module\"")
    ),
    (
      "{\"type\":\"execute\",\"arguments\":[],\"timeLimitMilliseconds\":1}",
      .wrongField("arguments", message: "execute", wanted: "at least a program's name")
    ),
    (
      "{\"type\":\"execute\",\"arguments\":[1],\"timeLimitMilliseconds\":1}",
      .wrongField("arguments", message: "execute", wanted: "an array of strings")
    ),
    (
      "{\"type\":\"execute\",\"arguments\":[\"a\"],\"timeLimitMilliseconds\":-1}",
      .wrongField(
        "timeLimitMilliseconds", message: "execute", wanted: "a whole number, 0 or more")
    ),
  ])
  func namesTheFieldThatIsWrong(head: String, error: ProtocolError) throws {
    let message = Message(head: try JSONValue(parsing: Array(head.utf8)))
    #expect(throws: error) { try Request(message) }
  }

  @Test func refusesASplitOutsideOfTheBody() throws {
    let head = #"{"type":"output","ending":"exited","value":0,"standardOutput":3}"#
    let message = Message(head: try JSONValue(parsing: Array(head.utf8)), body: [1, 2])
    #expect(throws: ProtocolError.self) { try Event(message) }
  }

  @Test func aMismatchNamesTheOlderSide() {
    let current = ProtocolVersion.current
    let newer = ProtocolVersion(rawValue: current.rawValue + 1)
    #expect(
      VersionMismatch(client: newer, agent: current).description.contains("rebuild pvh-agent,"))
    #expect(VersionMismatch(client: current, agent: newer).description.contains("rebuild pvh,"))
  }

  /// A description that says everything.
  private static let whole: DomainSpec = {
    var description = DomainSpec()
    description.name = "é"
    description.image = "a.pvh"
    description.modules = ["b", ""]
    description.commandLine = "x=\"1\""
    description.memoryKiB = 512
    description.vcpuCount = 2
    description.timestampCounter = .native
    description.loader = .libxl
    description.restart = .onCrash
    description.remarks = ["one"]
    return description
  }()

  @Test func aDescriptionIsCompletedWhereItSaysNothing() {
    #expect(DomainSpec().completed(by: Self.whole) == Self.whole)
    var half = DomainSpec()
    half.memoryKiB = 4
    half.modules = []
    var expected = Self.whole
    expected.memoryKiB = 4
    expected.modules = []
    #expect(half.completed(by: Self.whole) == expected)
  }

  private func sent(_ message: Message) throws -> Message {
    var reader = MessageReader()
    reader.append(message.encoded())
    return try #require(try reader.next())
  }
}

/// A request in which something is changed.
private func with(_ request: RunRequest, _ change: (inout RunRequest) -> Void) -> RunRequest {
  var request = request
  change(&request)
  return request
}
