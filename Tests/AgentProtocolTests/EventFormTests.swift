// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import Testing
import XenDomainModel

/// The text of each event, byte for byte, as ``WireFormTests`` has it of each request.
@Suite struct EventFormTests {
  @Test(arguments: events)
  func eventsAreWritten(sample: Written<Event>) throws {
    let message = sample.value.message
    #expect(message.text == sample.text)
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
      .description(WireSamples.wholeSpec),
      #"{"type":"description","name":"n","image":"a.pvh","commandLine":"x","#,
      #""timestampCounter":"default","loader":"xenguest","restart":"always","modules":["b",""],"#,
      #""memoryKiB":512,"vcpuCount":2,"disks":[{"file":"a"},{"file":"b","name":"xvdc","access":"ro"}],"#,
      #""interfaces":[{},{"bridge":"lan","mac":"00:16:3e:00:00:07","ip":"10.0.0.2/24"}],"#,
      #""remarks":["one"]}"#),
    Written(.domains([]), #"{"type":"domains","body":2}"#, "\n[]"),
    Written(
      .details(
        DomainDetails(
          summary: WireSamples.waiting, memoryLimitKiB: 5, pagingPoolKiB: 6, terminal: "/dev/pts/1",
          request: RunRequest(name: "a", memoryKiB: 1024), logByteCount: 8)),
      #"{"type":"details","domain":"#, WireSamples.waitingText,
      #","memoryLimitKiB":5,"pagingPoolKiB":6,"terminal":"/dev/pts/1","request":{"#,
      WireSamples.smallRun,
      #"},"logByteCount":8}"#),
    Written(
      .details(DomainDetails(summary: WireSamples.waiting)),
      #"{"type":"details","domain":"#, WireSamples.waitingText, "}"),
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
    let message = Event.domains([running, WireSamples.waiting]).message
    #expect(
      String(decoding: message.body, as: UTF8.self)
        == #"[{"domainID":3,"name":"é","uuid":"0f","state":"crashed","memoryKiB":4096,"#
        + #""vcpuCount":2,"cpuNanoseconds":7},"# + WireSamples.waitingText + "]")
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
    #expect(Event.done(outcome).message.text == #"{"type":"done","# + text + "}")
  }
}
