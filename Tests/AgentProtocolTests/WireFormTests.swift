// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import Testing
import XenDomainModel

/// The text of each message: what another build of this protocol version sends and expects, byte for byte.
@Suite struct WireFormTests {
  @Test(arguments: requests)
  func requestsAreWritten(sample: Written<Request>) throws {
    let message = sample.value.message
    #expect(Self.text(message) == sample.text)
    #expect(try Request(message) == sample.value)
  }

  private static let requests: [Written<Request>] = [
    Written(.hello(ProtocolVersion(rawValue: 5)), #"{"type":"hello","protocol":5}"#),
    Written(.attach(.module, [0x61]), #"{"type":"attach","file":"module","body":1}"#, "\na"),
    Written(
      .run(RunRequest(name: "a", memoryKiB: 1024)), #"{"type":"run","#, smallRun, "}"),
    Written(
      .run(largeRun),
      #"{"type":"run","name":"b","commandLine":"x=\"1\" é","memoryKiB":65536,"vcpuCount":4,"#,
      #""timestampCounter":"native","loader":"libxl","verbose":true,"preciseTimings":true,"#,
      #""debugged":true,"markAddress":24576,"variation":"rings-as-qemu","kernelByteCount":9,"modules":[{"offset":0,"byteCount":1},"#,
      #"{"offset":4096,"byteCount":904}],"timeLimitMilliseconds":1500,"moduleByteCount":5000,"#,
      #""disks":[{"path":"/a","name":"xvda","readOnly":false},{"path":"/b","name":"xvdc","readOnly":true}],"#,
      #""carriedDisks":[{"index":1,"byteCount":512,"comesBack":true}]}"#),
    Written(
      .disk(DiskPart(disk: 1, offset: 4096, bytes: [0x61])),
      #"{"type":"disk","disk":1,"offset":4096,"body":1}"#, "\na"),
    Written(
      .attachDisk(
        DiskAttachment(domain: "5", disk: DomainDisk(path: "/a", name: .first), byteCount: 512)),
      #"{"type":"attachDisk","domain":"5","disk":{"path":"/a","name":"xvda","readOnly":false},"#,
      #""byteCount":512}"#),
    Written(
      .detachDisk(DiskDetachment(domain: "s", name: .first, isForced: true)),
      #"{"type":"detachDisk","domain":"s","name":"xvda","forced":true}"#),
    Written(.disks(domain: "s"), #"{"type":"disks","domain":"s"}"#),
    Written(
      .create(RunRequest(name: "a", memoryKiB: 1024), startsPaused: true),
      #"{"type":"create","#, smallRun, #","startsPaused":true}"#),
    Written(
      .plan(RunRequest(name: "a", memoryKiB: 1024), startsPaused: false),
      #"{"type":"plan","#, smallRun, #","startsPaused":false}"#),
    Written(
      .supervise(RunRequest(name: "a", memoryKiB: 1024), .onCrash),
      #"{"type":"supervise","#, smallRun, #","restart":"on-crash"}"#),
    Written(.release(domain: "s"), #"{"type":"release","domain":"s"}"#),
    Written(.parse([0x0a], file: "é.cfg"), #"{"type":"parse","file":"é.cfg","body":1}"#, "\n\n"),
    Written(.list, #"{"type":"list"}"#),
    Written(.show(domain: "5"), #"{"type":"show","domain":"5"}"#),
    Written(.logs(LogRequest(domain: "s")), #"{"type":"logs","domain":"s","follows":false}"#),
    Written(
      .logs(LogRequest(domain: "s", lineCount: 0, follows: true)),
      #"{"type":"logs","domain":"s","follows":true,"lineCount":0}"#),
    Written(.act(DomainAction(.pause, on: "a")), #"{"type":"act","verb":"pause","domain":"a"}"#),
    Written(
      .act(DomainAction(.shutdown, on: "7", timeLimitMilliseconds: 100)),
      #"{"type":"act","verb":"shutdown","domain":"7","timeLimitMilliseconds":100}"#),
    Written(.console(domain: "c"), #"{"type":"console","domain":"c"}"#),
    Written(.vchan(domain: "c", path: "v"), #"{"type":"vchan","domain":"c","path":"v"}"#),
    Written(.input([0x78]), #"{"type":"input","body":1}"#, "\nx"),
    Written(.debug([0x2b]), #"{"type":"debug","body":1}"#, "\n+"),
    Written(.stop, #"{"type":"stop"}"#),
    Written(
      .execute(ExecuteRequest(arguments: ["xl", "list"], timeLimitMilliseconds: 5)),
      #"{"type":"execute","arguments":["xl","list"],"timeLimitMilliseconds":5}"#),
  ]

  @Test(arguments: events)
  func eventsAreWritten(sample: Written<Event>) throws {
    let message = sample.value.message
    #expect(Self.text(message) == sample.text)
    #expect(try Event(message) == sample.value)
  }

  private static let events: [Written<Event>] = [
    Written(
      .ready(
        AgentInformation(
          version: ProtocolVersion(rawValue: 3), xenVersion: "4.17.7", freeMemoryKiB: 1)),
      #"{"type":"ready","protocol":3,"xenVersion":"4.17.7","freeMemoryKiB":1}"#),
    Written(
      .created(CreatedDomain(domainID: 32751, name: "a", memoryKiB: 1024)),
      #"{"type":"created","domainID":32751,"name":"a","memoryKiB":1024}"#),
    Written(.console([0x61, 0x0a]), #"{"type":"console","body":2}"#, "\na\n"),
    Written(.debug([0x2d]), #"{"type":"debug","body":1}"#, "\n-"),
    Written(.vchan([0x61]), #"{"type":"vchan","body":1}"#, "\na"),
    Written(
      .disk(DiskPart(disk: 0, offset: 512, bytes: [0x61])),
      #"{"type":"disk","disk":0,"offset":512,"body":1}"#, "\na"),
    Written(.inputAccepted(17), #"{"type":"inputAccepted","count":17}"#),
    Written(.note("n"), #"{"type":"note","body":1}"#, "\nn"),
    Written(.remark(""), #"{"type":"remark"}"#),
    Written(
      .timings(RunTimings(create: 1, attach: 2, drain: 3, destroy: 4)),
      #"{"type":"timings","create":1,"attach":2,"drain":3,"destroy":4}"#),
    Written(
      .timings(
        RunTimings(
          create: 1, attach: 2, unpauseToFirstByte: 3, unpauseToFirstOutput: 4,
          unpauseToShutdown: 5, drain: 6, destroy: 7,
          marks: GuestMarks([GuestMarks.Mark(name: "entry", microseconds: 8)], lostCount: 9))),
      #"{"type":"timings","create":1,"attach":2,"drain":6,"destroy":7,"unpauseToFirstByte":3,"#,
      #""unpauseToFirstOutput":4,"unpauseToShutdown":5,"#,
      #""guest":{"marks":[{"name":"entry","microseconds":8}],"lost":9}}"#),
    Written(
      .finished(RunResult(outcome: .exited(3), producedByteCount: 8, deliveredByteCount: 7)),
      #"{"type":"finished","outcome":"exited","status":3,"producedByteCount":8,"#,
      #""deliveredByteCount":7}"#),
    Written(
      .finished(RunResult(outcome: .crashed, producedByteCount: nil, deliveredByteCount: 0)),
      #"{"type":"finished","outcome":"crashed","deliveredByteCount":0}"#),
    Written(.description(DomainSpec()), #"{"type":"description","remarks":[]}"#),
    Written(
      .description(wholeSpec),
      #"{"type":"description","name":"n","image":"a.pvh","commandLine":"x","#,
      #""timestampCounter":"default","loader":"xenguest","restart":"always","modules":["b",""],"#,
      #""memoryKiB":512,"vcpuCount":2,"disks":[{"file":"a"},{"file":"b","name":"xvdc","access":"ro"}],"#,
      #""remarks":["one"]}"#),
    Written(.domains([]), #"{"type":"domains","body":2}"#, "\n[]"),
    Written(
      .details(
        DomainDetails(
          summary: waiting, memoryLimitKiB: 5, pagingPoolKiB: 6, terminal: "/dev/pts/1",
          request: RunRequest(name: "a", memoryKiB: 1024), logByteCount: 8)),
      #"{"type":"details","domain":"#, waitingText,
      #","memoryLimitKiB":5,"pagingPoolKiB":6,"terminal":"/dev/pts/1","request":{"#, smallRun,
      #"},"logByteCount":8}"#),
    Written(
      .details(DomainDetails(summary: waiting)),
      #"{"type":"details","domain":"#, waitingText, "}"),
    Written(
      .disks([
        DiskSummary(name: "xvda", path: "/a", isReadOnly: true, isConnected: false),
        DiskSummary(name: "hda", path: "", isReadOnly: false, isConnected: true, byteCount: 7),
      ]),
      #"{"type":"disks","body":136}"#,
      "\n" + #"[{"name":"xvda","path":"/a","readOnly":true,"connected":false},"#,
      #"{"name":"hda","path":"","readOnly":false,"connected":true,"byteCount":7}]"#),
    Written(.done(nil), #"{"type":"done"}"#),
    Written(.done(.exited(7)), #"{"type":"done","outcome":"exited","status":7}"#),
    Written(
      .failed(Failure(subject: .run, kind: .badRequest, message: "no", log: ["xc: \"x\"", ""])),
      #"{"type":"failed","subject":"run","kind":"badRequest","message":"no","#,
      #""log":["xc: \"x\"",""]}"#),
    Written(
      .output(CommandOutput(ending: .exited(3), standardOutput: [0x61], standardError: [0x62])),
      #"{"type":"output","ending":"exited","standardOutput":1,"value":3,"body":2}"#, "\nab"),
    Written(
      .output(CommandOutput(ending: .signalled(9), standardOutput: [], standardError: [])),
      #"{"type":"output","ending":"signalled","standardOutput":0,"value":9}"#),
    Written(
      .output(CommandOutput(ending: .timedOut, standardOutput: [], standardError: [])),
      #"{"type":"output","ending":"timedOut","standardOutput":0}"#),
  ]

  @Test func domainsAreWrittenIntoTheBody() {
    let running = DomainSummary(
      domainID: 3, name: "é", uuid: "0f", state: .shutDown(.crash), memoryKiB: 4096, vcpuCount: 2,
      cpuNanoseconds: 7)
    let message = Event.domains([running, Self.waiting]).message
    #expect(
      String(decoding: message.body, as: UTF8.self)
        == #"[{"domainID":3,"name":"é","uuid":"0f","state":"crashed","memoryKiB":4096,"#
        + #""vcpuCount":2,"cpuNanoseconds":7},"# + Self.waitingText + "]")
  }

  @Test(arguments: [
    (Outcome.exited(0), #""outcome":"exited","status":0"#),
    (.malformedExitStatus("x\"y"), #""outcome":"malformedExitStatus","seen":"x\"y""#),
    (.crashed, #""outcome":"crashed""#), (.rebootRequested, #""outcome":"rebootRequested""#),
    (.otherShutdown(reason: 4), #""outcome":"otherShutdown","reason":4"#),
    (.timedOut, #""outcome":"timedOut""#), (.stopped, #""outcome":"stopped""#),
    (.destroyedFromOutside, #""outcome":"destroyedFromOutside""#),
  ])
  func outcomesAreWritten(outcome: Outcome, text: String) {
    #expect(Self.text(Event.done(outcome).message) == #"{"type":"done","# + text + "}")
  }

  @Test func failuresAreWrittenInTheseWords() {
    #expect(
      Failure.Kind.allCases.map(\.rawValue).sorted() == [
        "ambiguousDomain", "badConfiguration", "badRequest", "cancelled", "commandFailed",
        "consoleUnavailable", "imageRejected", "interrupted", "nameTaken", "noSuchDomain",
        "outOfMemory", "timedOut", "toolstack", "versionMismatch", "xenUnavailable",
      ])
  }

  @Test func recordsAreWritten() throws {
    var record = DomainRecord(
      request: RunRequest(name: "a", memoryKiB: 1024), restart: .never, startedAt: 5)
    let begun =
      #"{"type":"record","phase":"creating","uuid":"","request":{"# + Self.smallRun
      + #"},"supervision":{"restart":"no","restartCount":0,"startedAt":5},"startNanoseconds":0,"#
      + #""delayMilliseconds":0,"logStart":0}"# + "\n"
    #expect(String(decoding: record.serialised(), as: UTF8.self) == begun)
    record.phase = .waiting
    record.uuid = "0f"
    record.domainID = 4
    record.supervision = Self.waiting.supervision ?? record.supervision
    record.startNanoseconds = 1
    record.delayMilliseconds = 2
    record.logStart = 3
    let whole =
      #"{"type":"record","phase":"waiting","uuid":"0f","request":{"# + Self.smallRun
      + #"},"supervision":"# + Self.supervisionText
      + #","startNanoseconds":1,"delayMilliseconds":2,"logStart":3,"domainID":4}"# + "\n"
    #expect(String(decoding: record.serialised(), as: UTF8.self) == whole)
    #expect(try DomainRecord(parsing: Array(whole.utf8)) == record)
  }

  /// A message as it goes over the wire, without the newline after a head that has no body.
  private static func text(_ message: Message) -> String {
    let text = String(decoding: message.encoded(), as: UTF8.self)
    return message.body.isEmpty ? String(text.dropLast()) : text
  }

  private static let smallRun =
    #""name":"a","commandLine":"","memoryKiB":1024,"vcpuCount":1,"timestampCounter":"default","#
    + #""loader":"xenguest","verbose":false,"preciseTimings":false,"kernelByteCount":0,"modules":[]"#

  private static let largeRun: RunRequest = {
    var run = RunRequest(
      DomainConfiguration(
        name: "b", commandLine: "x=\"1\" é", memoryKiB: 65536, vcpuCount: 4,
        nativeTimestampCounter: true, modules: [0..<1, 4096..<5000]),
      timeLimitMilliseconds: 1500, loader: .libxl, verbose: true, preciseTimings: true)
    (run.isDebugged, run.markAddress, run.variation) = (true, 0x6000, .ringsAsQEMU)
    run.kernelByteCount = 9
    run.moduleByteCount = 5000
    if let third = DiskName("xvdc") {
      run.domain.disks = [
        DomainDisk(path: "/a", name: .first), DomainDisk(path: "/b", name: third, isReadOnly: true),
      ]
    }
    run.carriedDisks = [CarriedDisk(index: 1, byteCount: 512, comesBack: true)]
    return run
  }()

  private static let wholeSpec: DomainSpec = {
    var spec = DomainSpec()
    spec.name = "n"
    spec.image = "a.pvh"
    spec.modules = ["b", ""]
    spec.commandLine = "x"
    spec.disks = [
      DiskSpec(file: "a"), DiskSpec(file: "b", name: "xvdc", access: .readOnly),
    ]
    spec.memoryKiB = 512
    spec.vcpuCount = 2
    spec.timestampCounter = .automatic
    spec.loader = .xenguest
    spec.restart = .always
    spec.remarks = ["one"]
    return spec
  }()

  private static let waiting = DomainSummary(
    domainID: nil, name: "w", uuid: "", state: .waiting, memoryKiB: 4, vcpuCount: 1,
    cpuNanoseconds: nil,
    supervision: Supervision(
      restart: .always, restartCount: 2, startedAt: 9, outcome: .exited(3), problem: "p"))

  private static let waitingText =
    #"{"domainID":null,"name":"w","uuid":"","state":"waiting","memoryKiB":4,"vcpuCount":1,"#
    + #""supervision":"# + supervisionText + "}"

  private static let supervisionText =
    #"{"restart":"always","restartCount":2,"startedAt":9,"outcome":"exited","status":3,"#
    + #""problem":"p"}"#
}

/// A value, and its text on the wire.
struct Written<Value: Sendable>: Sendable {
  let value: Value
  let text: String

  init(_ value: Value, _ pieces: String...) {
    self.value = value
    text = pieces.joined()
  }
}
