// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import AttendedRuns
import Glibc
import SystemPackage
import Testing
import XenDomainModel

@Suite(.timeLimit(.minutes(30))) struct AttendedRunTests {
  private let agent = FakeAgent()
  private static let result = RunResult(
    outcome: .exited(0), producedByteCount: 9, deliveredByteCount: 9)
  private static let created = Event.created(
    CreatedDomain(domainID: 7, name: "a", memoryKiB: 1024))

  private func run() -> AttendedRun {
    AttendedRun(
      AgentClient(
        incoming: FileDescriptor(rawValue: agent.clientEnd),
        outgoing: FileDescriptor(rawValue: agent.clientEnd)))
  }

  private func start(_ run: AttendedRun) throws {
    try run.start(RunRequest(name: "a", memoryKiB: 1024), kernel: [1])
  }

  @Test func findsTextThatComesInPieces() throws {
    let requests = agent.play { request in
      guard case .run = request else { return [] }
      return [
        Self.created, .console(Array("rea".utf8)), .console(Array("read".utf8)),
        .console(Array("y\n".utf8)), .finished(Self.result),
      ]
    }
    let run = run()
    try start(run)
    #expect(run.domainID == 7)
    #expect(try run.wait(for: "ready\n") == 9)
    #expect(try run.wait(for: "ready\n", from: 4) == nil)
    #expect(try run.finish() == Self.result)
    close(agent.clientEnd)
    _ = requests.finished()
  }

  @Test func keepsWhatTheGuestPrintsWhileAProgramRuns() throws {
    let output = CommandOutput(ending: .exited(0), standardOutput: [1], standardError: [])
    let requests = agent.play { request in
      switch request {
      case .run: [Self.created]
      case .execute: [.console([50, 51]), .output(output), .finished(Self.result)]
      default: []
      }
    }
    let run = run()
    try start(run)
    #expect(try run.execute(["true"]) == output)
    #expect(run.console == [50, 51])
    try run.wait(forBytes: 1)
    #expect(try run.finish() == Self.result)
    close(agent.clientEnd)
    _ = requests.finished()
  }

  @Test func aDomainThatCannotBeBuiltIsAnError() throws {
    let failure = Failure(subject: .run, kind: .toolstack(.outOfMemory), message: "no memory")
    let requests = agent.play { request in
      guard case .run = request else { return [] }
      return [.failed(failure)]
    }
    #expect(throws: AgentError.failed(failure)) { try start(run()) }
    close(agent.clientEnd)
    _ = requests.finished()
  }
}
