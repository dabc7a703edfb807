// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import Glibc
import HostSystem
import Testing

@testable import AgentCore

/// A program that pvh has asked for, with a clock of the test.
///
/// A program that is killed is waited for: each ends by itself after ten seconds, so that a kill that does not
/// work is seen and not waited for without end.
@Suite struct ExecutedProgramTests {
  private let start = MonotonicTime(nanoseconds: 1_000_000_000)

  private func command(_ arguments: String..., limit: Int = 60_000) -> Command {
    Command(ExecuteRequest(arguments: arguments, timeLimitMilliseconds: limit))
  }

  /// What came of a program, whose clock stands still; nil if it does not end in a while.
  private func result(of command: Command, now: MonotonicTime) throws -> CommandOutput? {
    let limit = MonotonicTime.now + .seconds(60)
    while .now < limit {
      if let output = try command.advance(now: now) { return output }
      var waiting = PollSet()
      command.add(to: &waiting)
      waiting.wake(at: .now.adding(milliseconds: 20))
      waiting.wait()
    }
    return nil
  }

  @Test func collectsBothStreamsAndTheStatus() throws {
    let command = command("sh", "-c", "echo out; echo err >&2; exit 3")
    let output = try #require(try result(of: command, now: start))
    #expect(output.ending == .exited(3))
    #expect(output.standardOutput == Array("out\n".utf8))
    #expect(output.standardError == Array("err\n".utf8))
  }

  /// More than a pipe holds, for a program that reads late or not at all.
  @Test func findsItsInput() throws {
    let input = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
    for script in ["cat", "sleep 0.2; cat"] {
      let command = Command(ExecuteRequest(arguments: ["sh", "-c", script], input: input))
      let isSame = try result(of: command, now: start)?.standardOutput == input
      #expect(isSame, "\(script)")
    }
    let unread = Command(ExecuteRequest(arguments: ["true"], input: input))
    #expect(try result(of: unread, now: start)?.ending == .exited(0))
    #expect(try result(of: command("cat"), now: start)?.standardOutput == [])
  }

  @Test func isKilledAtItsTimeLimitAndNotBefore() throws {
    let command = command("sleep", "1000", limit: 500)
    #expect(try command.advance(now: start) == nil)
    #expect(try command.advance(now: start.adding(milliseconds: 499)) == nil)
    let begin = MonotonicTime.now
    let output = try command.advance(now: start.adding(milliseconds: 500))
    #expect(output?.ending == .timedOut)
    #expect(MonotonicTime.now - begin < .seconds(120))
  }

  @Test func isOverThoughSomethingKeepsItsOutputOpen() throws {
    let command = command("sh", "-c", "sleep 1000 & echo $!")
    let output = try #require(try result(of: command, now: start))
    #expect(output.ending == .exited(0))
    let background = try #require(
      Int32(String(decoding: output.standardOutput.dropLast(), as: UTF8.self)))
    #expect(processDescriptor(of: background) != nil)
    kill(background, SIGKILL)
  }

  @Test func tooMuchOutputIsAnError() {
    let command = command("timeout", "1000", "head", "-c", "20000000", "/dev/zero")
    let begin = MonotonicTime.now
    let error = #expect(throws: CommandError.self) { try result(of: command, now: start) }
    #expect(error?.message.contains("let it write to a file") == true)
    #expect(MonotonicTime.now - begin < .seconds(120))
  }

  @Test func manyMayWaitButNotAnyNumber() {
    var queue = CommandQueue()
    let request = ExecuteRequest(arguments: ["true"])
    let accepted = (0..<65).map { _ in queue.add(request) }
    #expect(accepted == Array(repeating: true, count: 64) + [false])
    #expect(queue.count == 64)
  }
}
