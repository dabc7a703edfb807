// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import CommandFixture
import Foundation
import Testing
import XenDomainModel

/// What `pvh vchan` makes of what an agent says, and of its standard input.
@Suite(.command) struct VchanCommandTests {
  /// Runs it with an agent that reads one line after the other, and answers each with some events.
  private func run(
    input: String, linger: String = "0", _ answers: [[Event]]
  ) throws -> PVHCommand.Result {
    let agent = try ScriptedAgent(
      protocolVersion: ProtocolVersion.current.rawValue,
      answers: answers.map { events in
        events.map { String(decoding: $0.message.encoded(), as: UTF8.self) }.joined()
      })
    return try PVHCommand(
      ["vchan", "a", "data/v", "--linger", linger, "--on", ScriptedAgent.target],
      environment: agent.environment, program: agent.pvh, input: Data(input.utf8)
    ).finish()
  }

  private static let hi = Event.vchan(Array("hi\n".utf8))

  @Test func theGuestsSilenceEndsIt() throws {
    // The second line is that of "stop".
    let result = try run(input: "", [[Self.hi], [Self.hi, .done(.stopped)]])
    #expect(result.status == 0 && result.text == "hi\nhi\n", "\(result.errors)")
  }

  @Test func theGuestEndsIt() throws {
    let result = try run(input: "", linger: "600", [[Self.hi, .done(nil)]])
    #expect(result.status == 0 && result.text == "hi\n", "\(result.errors)")
  }

  /// Only from the moment when the guest has taken all of the input does its silence count.
  @Test func inputIsWaitedFor() throws {
    let result = try run(
      input: "abc\n", [[], [.inputAccepted(3)], [.inputAccepted(1), Self.hi], [.done(.stopped)]])
    #expect(result.status == 0 && result.text == "hi\n", "\(result.errors)")
  }

  @Test func lostInputIsAnError() throws {
    let result = try run(
      input: "abc\n", linger: "600", [[], [.inputAccepted(3), Self.hi, .done(nil)]])
    #expect(result.status == 125 && result.text == "hi\n")
    #expect(
      result.errors
        == "pvh: the guest closed the vchan before it had taken all of the input: the last 1 bytes that "
        + "were read are lost\n")
  }

  @Test func failuresAreSaid() throws {
    let failure = Failure(subject: .vchan, kind: .toolstack(.other), message: "no vchan\u{1b}")
    let result = try run(input: "abc\n", [[.failed(failure)]])
    #expect(result.status == 125 && result.errors == "pvh: no vchan?\n" && result.text.isEmpty)
  }

  @Test(arguments: [
    ["a"], ["a", ""], ["a", "/"], ["a", "data/"], ["a", "data/v", "--linger=100000"],
    ["a", "data/v", "--linger=-1"], ["a", "data/v", "--linger=nan"], ["a", "data/v", "b"],
  ])
  func wrongWordsAreRefused(words: [String]) throws {
    let result = try PVHCommand(["vchan"] + words).finish()
    #expect(result.status == 64 && result.text.isEmpty, "\(result.errors)")
  }
}
