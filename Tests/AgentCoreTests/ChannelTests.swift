// SPDX-License-Identifier: Apache-2.0

import HostSystem
import Multiplexer
import Testing

@testable import AgentCore

/// One program on a channel, whose user is the test.
@Suite struct ChannelTests {
  private func channel(_ arguments: String...) throws -> Channel {
    try Channel(7, ProgramRequest(arguments: arguments))
  }

  /// Advances until the program is over, or something is so; what the channel has said.
  private func frames(
    of channel: Channel, until condition: ([Frame.Content]) -> Bool = { _ in false }
  ) -> [Frame.Content] {
    var said: [Frame.Content] = []
    let deadline = MonotonicTime.now + .seconds(30)
    while .now < deadline {
      said += channel.advance(now: .now).map(\.content)
      if condition(said) { return said }
      if case .ended? = said.last { return said }
      var waiting = PollSet()
      channel.add(to: &waiting, hasRoom: true)
      waiting.wake(at: deadline)
      waiting.wait()
    }
    return said
  }

  private func bytes(_ said: [Frame.Content], _ stream: Frame.Stream) -> [UInt8] {
    said.flatMap { content in
      if case .data(stream, let bytes) = content { bytes } else { [UInt8]() }
    }
  }

  @Test func passesInputOnAndSaysHowItEnded() throws {
    let channel = try channel("sh", "-c", "cat; echo wrong >&2; exit 3")
    channel.take(.data(.input, Array("words\n".utf8)), now: .now)
    channel.take(.end(.input), now: .now)
    let said = frames(of: channel)
    #expect(bytes(said, .output) == Array("words\n".utf8))
    #expect(bytes(said, .errors) == Array("wrong\n".utf8))
    #expect(said.last == .ended(.exited(3)))
    #expect(said.contains(.end(.output)) && said.contains(.end(.errors)))
  }

  @Test func sendsNoMoreThanThereIsRoomFor() throws {
    let channel = try channel("sh", "-c", "head -c 300000 /dev/zero; exec >&-; exec sleep 100")
    let full = frames(of: channel) { self.bytes($0, .output).count >= StreamWindow.size }
    #expect(bytes(full, .output).count == StreamWindow.size)
    #expect(channel.advance(now: .now).isEmpty)
    channel.take(.room(.output, 1000), now: .now)
    let more = frames(of: channel) { self.bytes($0, .output).count >= 1000 }
    #expect(bytes(more, .output).count == 1000)
    channel.take(.close, now: .now)
    #expect(frames(of: channel).last == .ended(.signalled(1)))
  }

  @Test func killsWhatDoesNotEnd() throws {
    let channel = try channel("sh", "-c", "trap '' HUP; echo ready; while :; do sleep 100; done")
    _ = frames(of: channel) { !self.bytes($0, .output).isEmpty }
    let start = MonotonicTime.now
    channel.abandon(now: start)
    let deadline = try #require(channel.deadline)
    #expect(deadline > start)
    // The clock is the test's.
    _ = channel.advance(now: deadline)
    #expect(frames(of: channel).last == .ended(.signalled(9)))
  }

  @Test func moreInputThanWasAskedForEndsIt() throws {
    let channel = try channel("sleep", "100")
    let piece = [UInt8](repeating: 0, count: StreamWindow.size)
    channel.take(.data(.input, piece), now: .now)
    #expect(channel.deadline == nil)
    channel.take(.data(.input, [1]), now: .now)
    #expect(channel.deadline != nil)
    #expect(frames(of: channel).last == .ended(.signalled(1)))
  }

  @Test func whatIsNotThereIsRefused() {
    let error = #expect(throws: CommandError.self) { try channel("no-such-program") }
    #expect(error?.message.contains("no-such-program cannot be run in the control domain") == true)
  }
}
