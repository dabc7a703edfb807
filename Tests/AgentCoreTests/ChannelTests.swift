// SPDX-License-Identifier: Apache-2.0

import AgentMultiplexer
import HostSystem
import Testing

@testable import AgentCore

/// One program on a channel, whose user is the test, and whose clock, which stands still.
///
/// The programs end by themselves after ten seconds, so that nothing is left where the channel fails to end
/// them, and no test waits for that long.
@Suite struct ChannelTests {
  private let start = MonotonicTime.now

  private func channel(_ arguments: String...) throws -> Channel {
    try Channel(7, ProgramRequest(arguments: arguments))
  }

  /// Advances until the program is over, or something is so; what the channel has said.
  ///
  /// - Throws: when nothing comes of it for some seconds of real time.
  private func frames(
    of channel: Channel, at now: MonotonicTime? = nil, _ expected: Comment = "the program ends",
    location: SourceLocation = #_sourceLocation,
    until condition: ([Frame.Content]) -> Bool = {
      if case .ended? = $0.last { true } else { false }
    }
  ) throws -> [Frame.Content] {
    var said: [Frame.Content] = []
    let limit = MonotonicTime.now + .seconds(60)
    while .now < limit {
      said += channel.advance(now: now ?? start).map(\.content)
      if condition(said) { return said }
      wait(for: channel, until: limit)
    }
    try #require(condition(said), expected, sourceLocation: location)
    return said
  }

  /// Waits until there is something to do for a channel.
  private func wait(for channel: Channel, until limit: MonotonicTime) {
    var waiting = PollSet()
    channel.add(to: &waiting, hasRoom: true)
    waiting.wake(at: limit)
    waiting.wait()
  }

  private func bytes(_ said: [Frame.Content], _ stream: Frame.Stream) -> [UInt8] {
    said.flatMap { content in
      if case .data(stream, let bytes) = content { bytes } else { [UInt8]() }
    }
  }

  @Test func passesInputOnAndSaysHowItEnded() throws {
    let channel = try channel("sh", "-c", "cat; echo wrong >&2; exit 3")
    channel.take(.data(.input, Array("words\n".utf8)), now: start)
    channel.take(.end(.input), now: start)
    let said = try frames(of: channel)
    #expect(bytes(said, .output) == Array("words\n".utf8))
    #expect(bytes(said, .errors) == Array("wrong\n".utf8))
    #expect(said.last == .ended(.exited(3)))
    #expect(said.contains(.end(.output)) && said.contains(.end(.errors)))
  }

  @Test func sendsNoMoreThanThereIsRoomFor() throws {
    let channel = try channel("sh", "-c", "head -c 300000 /dev/zero; exec >&-; exec sleep 10")
    let full = try frames(of: channel, "the window is full") {
      self.bytes($0, .output).count >= StreamWindow.size
    }
    #expect(bytes(full, .output).count == StreamWindow.size)
    #expect(channel.advance(now: start).isEmpty)
    channel.take(.room(.output, 1000), now: start)
    let more = try frames(of: channel, "more comes") { self.bytes($0, .output).count >= 1000 }
    #expect(bytes(more, .output).count == 1000)
    channel.take(.close, now: start)
    #expect(try frames(of: channel).last == .ended(.signalled(1)))
  }

  @Test func killsWhatDoesNotEnd() throws {
    let channel = try channel(
      "sh", "-c", "trap '' HUP; echo ready; for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1; done")
    _ = try frames(of: channel, "it is ready") { !self.bytes($0, .output).isEmpty }
    channel.abandon(now: start)
    let deadline = try #require(channel.deadline)
    #expect(deadline > start)
    // The program sees that nobody listens, and stays; nobody kills it before its time is over.
    let early = MonotonicTime(nanoseconds: deadline.nanoseconds - 1)
    for _ in 0..<10 {
      #expect(channel.advance(now: early).isEmpty)
      wait(for: channel, until: .now.adding(milliseconds: 5))
    }
    let said = try frames(of: channel, at: deadline, "it is killed at \(deadline)")
    #expect(said.last == .ended(.signalled(9)))
  }

  @Test func moreInputThanWasAskedForEndsIt() throws {
    let channel = try channel("sleep", "10")
    let piece = [UInt8](repeating: 0, count: StreamWindow.size)
    channel.take(.data(.input, piece), now: start)
    #expect(channel.deadline == nil)
    channel.take(.data(.input, [1]), now: start)
    #expect(channel.deadline != nil)
    #expect(try frames(of: channel).last == .ended(.signalled(1)))
  }

  @Test func whatIsNotThereIsRefused() {
    let error = #expect(throws: CommandError.self) { try channel("no-such-program") }
    #expect(error?.message.contains("no-such-program cannot be run in the control domain") == true)
  }
}
