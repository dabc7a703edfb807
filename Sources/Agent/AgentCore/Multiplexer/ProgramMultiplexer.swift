// SPDX-License-Identifier: Apache-2.0

import AgentMultiplexer
import HostSystem
import SystemPackage

/// Connects many programs of a control domain with one byte stream: a single thread round poll(2).
final class ProgramMultiplexer {
  /// Bytes of frames that may wait for the stream before the programs' output is left alone.
  private static let outputCapacity = 256 << 10

  private let streams: ConversationStreams
  private let signals: SignalDescriptor
  private var reader = FrameReader()
  private var channels: [UInt32: Channel] = [:]
  private var isOver = false

  init(streams: ConversationStreams, signals: consuming SignalDescriptor) {
    self.streams = streams
    self.signals = signals
  }

  /// Works until the stream ends or a signal comes; returns the exit status of the process.
  func serve() -> Int32 {
    while !isOver {
      wait()
      if signals.take() != nil { isOver = true }
      receive()
      advance()
      if streams.output.flush() == .hungUp { isOver = true }
    }
    conclude()
    return 0
  }

  private func wait() {
    var waiting = PollSet()
    waiting.add(signals.descriptor)
    streams.add(to: &waiting)
    let hasRoom = streams.output.count < Self.outputCapacity
    for channel in channels.values { channel.add(to: &waiting, hasRoom: hasRoom) }
    waiting.wait()
  }

  private func receive() {
    guard !isOver else { return }
    guard let bytes = streams.receive() else { return isOver = true }
    reader.append(bytes)
    do {
      while let frame = try reader.next() { take(frame) }
    } catch {
      complain(error.description)
      isOver = true
    }
  }

  private func take(_ frame: Frame) {
    if let channel = channels[frame.channel] { return channel.take(frame.content, now: .now) }
    // Frames for a channel that has just ended were on their way: they are no error.
    guard case .open(let request) = frame.content else { return }
    do {
      channels[frame.channel] = try Channel(frame.channel, request)
    } catch {
      send(Frame(frame.channel, .refused(error.message)))
    }
  }

  private func advance() {
    guard streams.output.count < Self.outputCapacity else { return }
    for channel in channels.values {
      for frame in channel.advance(now: .now) {
        if case .ended = frame.content { channels[frame.channel] = nil }
        send(frame)
      }
    }
  }

  private func send(_ frame: Frame) { streams.output.append(frame.encoded) }

  /// Ends all programs, and waits for them as long as they may take.
  private func conclude() {
    for channel in channels.values { channel.abandon(now: .now) }
    while !channels.isEmpty {
      wait()
      advance()
      streams.output.discard()
    }
  }
}

/// Connects programs with the standard streams; returns the exit status of the process.
func connectPrograms() -> Int32 {
  do {
    let streams = try ConversationStreams()
    return ProgramMultiplexer(streams: streams, signals: try .forEnding()).serve()
  } catch {
    complain(error.message)
    return 71
  }
}
