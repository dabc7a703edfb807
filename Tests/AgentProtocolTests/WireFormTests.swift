// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import Testing
import XenDomainModel

/// The text of each message: what another build of this protocol version sends and expects, byte for byte.
@Suite struct WireFormTests {
  @Test(arguments: requests)
  func requestsAreWritten(sample: Written<Request>) throws {
    let message = sample.value.message
    #expect(message.text == sample.text)
    #expect(try Request(message) == sample.value)
  }

  private static let requests: [Written<Request>] = [
    Written(.hello(ProtocolVersion(rawValue: 8)), #"{"type":"hello","protocol":8}"#),
    Written(.attach(.module, [0x61]), #"{"type":"attach","file":"module","body":1}"#, "\na"),
    Written(
      .run(RunRequest(name: "a", memoryKiB: 1024)), #"{"type":"run","#, WireSamples.smallRun, "}"),
    Written(
      .run(WireSamples.largeRun),
      #"{"type":"run","name":"b","commandLine":"x=\"1\" é","memoryKiB":65536,"vcpuCount":4,"#,
      #""timestampCounter":"native","loader":"libxl","verbose":true,"preciseTimings":true,"#,
      #""debugged":true,"markAddress":24576,"variation":"rings-as-qemu","kernelByteCount":9,"modules":[{"offset":0,"byteCount":1},"#,
      #"{"offset":4096,"byteCount":904}],"timeLimitMilliseconds":1500,"moduleByteCount":5000,"#,
      #""disks":[{"path":"/a","name":"xvda","readOnly":false},{"path":"/b","name":"xvdc","readOnly":true}],"#,
      #""interfaces":[{"bridge":"xenbr0","mac":"00:16:3e:00:00:07"},"#,
      #"{"bridge":"lan","mac":"00:16:3e:00:00:08","ip":"10.0.0.2/24"}],"#,
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
      #"{"type":"create","#, WireSamples.smallRun, #","startsPaused":true}"#),
    Written(
      .plan(RunRequest(name: "a", memoryKiB: 1024), startsPaused: false),
      #"{"type":"plan","#, WireSamples.smallRun, #","startsPaused":false}"#),
    Written(
      .supervise(RunRequest(name: "a", memoryKiB: 1024), .onCrash),
      #"{"type":"supervise","#, WireSamples.smallRun, #","restart":"on-crash"}"#),
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
    Written(.publish(domain: "c"), #"{"type":"publish","domain":"c"}"#),
    Written(.vchan(domain: "c", path: "v"), #"{"type":"vchan","domain":"c","path":"v"}"#),
    Written(.input([0x78]), #"{"type":"input","body":1}"#, "\nx"),
    Written(.debug([0x2b]), #"{"type":"debug","body":1}"#, "\n+"),
    Written(.stop, #"{"type":"stop"}"#),
    Written(
      .execute(ExecuteRequest(arguments: ["xl", "list"], timeLimitMilliseconds: 5)),
      #"{"type":"execute","arguments":["xl","list"],"timeLimitMilliseconds":5}"#),
  ]

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
      #"{"type":"record","phase":"creating","uuid":"","request":{"# + WireSamples.smallRun
      + #"},"supervision":{"restart":"no","restartCount":0,"startedAt":5},"startNanoseconds":0,"#
      + #""delayMilliseconds":0,"logStart":0}"# + "\n"
    #expect(String(decoding: record.serialised(), as: UTF8.self) == begun)
    record.phase = .waiting
    record.uuid = "0f"
    record.domainID = 4
    record.supervision = WireSamples.waiting.supervision ?? record.supervision
    record.startNanoseconds = 1
    record.delayMilliseconds = 2
    record.logStart = 3
    let whole =
      #"{"type":"record","phase":"waiting","uuid":"0f","request":{"# + WireSamples.smallRun
      + #"},"supervision":"# + WireSamples.supervisionText
      + #","startNanoseconds":1,"delayMilliseconds":2,"logStart":3,"domainID":4}"# + "\n"
    #expect(String(decoding: record.serialised(), as: UTF8.self) == whole)
    #expect(try DomainRecord(parsing: Array(whole.utf8)) == record)
  }
}
