// SPDX-License-Identifier: Apache-2.0
import CXenLight
import Glibc
import Multiplexer
import XenToolstack

/// Connects many programs of a control domain with one byte stream: a single thread round poll(2).
final class ProgramMultiplexer {
  /// Bytes of frames that may wait for the stream before the programs' output is left alone.
  private static let outputCapacity = 256 << 10
  /// Milliseconds between looks for a client at a stream that nobody has connected to.
  private static let connectInterval = 10

  private let streams: ConversationStreams
  private let signals: SignalQueue
  private var reader = FrameReader()
  private var output: OutputQueue
  private var channels: [UInt32: Channel] = [:]
  private var hasReceived = false
  private var isOver = false
  private var scratch = [UInt8](repeating: 0, count: 64 << 10)

  init(streams: ConversationStreams, signals: SignalQueue) {
    self.streams = streams
    self.signals = signals
    output = OutputQueue(descriptor: streams.outgoing)
  }

  /// Works until the stream ends or a signal comes; returns the exit status of the process.
  func serve() -> Int32 {
    while !isOver {
      wait()
      if signals.next() != nil { isOver = true }
      receive()
      advance()
      if case .hungUp = output.flush() { isOver = true }
    }
    conclude()
    return 0
  }

  private func wait() {
    let now = MonotonicTime.now
    var entries = [pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)]
    var deadline = channels.values.compactMap(\.deadline).min()
    if hasReceived || !streams.startsUnconnected {
      entries.append(pollfd(fd: streams.incoming, events: Int16(POLLIN), revents: 0))
    } else {
      deadline = now.adding(milliseconds: Self.connectInterval)
    }
    if output.count > 0 {
      entries.append(pollfd(fd: streams.outgoing, events: Int16(POLLOUT), revents: 0))
    }
    let hasRoom = output.count < Self.outputCapacity
    for interest in channels.values.flatMap({ $0.interests(hasRoom: hasRoom) }) {
      let events = (interest.reading ? POLLIN : 0) | (interest.writing ? POLLOUT : 0)
      entries.append(pollfd(fd: interest.descriptor, events: Int16(events), revents: 0))
    }
    _ = poll(&entries, nfds_t(entries.count), deadline?.pollTimeout(from: now) ?? -1)
  }

  private func receive() {
    var entry = pollfd(fd: streams.incoming, events: Int16(POLLIN), revents: 0)
    guard !isOver, poll(&entry, 1, 0) > 0 else { return }
    let count = scratch.withUnsafeMutableBytes {
      read(streams.incoming, $0.baseAddress, $0.count)
    }
    if count > 0 {
      hasReceived = true
      reader.append(scratch[..<count])
    } else if count == 0 || errno != EINTR && errno != EAGAIN {
      if hasReceived || !streams.startsUnconnected { isOver = true }
      return
    }
    do {
      while let frame = try reader.next() { take(frame) }
    } catch {
      complain(error.description)
      isOver = true
    }
  }

  private func take(_ frame: Frame) {
    if let channel = channels[frame.channel] { return channel.take(frame.content, now: .now) }
    // Frames for a channel that has just ended are nobody's mistake.
    guard case .open(let request) = frame.content else { return }
    do {
      channels[frame.channel] = try Channel(frame.channel, request)
    } catch {
      send(Frame(frame.channel, .refused(error.message)))
    }
  }

  private func advance() {
    guard output.count < Self.outputCapacity else { return }
    for channel in channels.values {
      for frame in channel.advance(now: .now) {
        if case .ended = frame.content { channels[frame.channel] = nil }
        send(frame)
      }
    }
  }

  private func send(_ frame: Frame) { output.append(frame.encoded) }

  /// Ends all programs, and waits for them as long as they may take.
  private func conclude() {
    for channel in channels.values { channel.abandon(now: .now) }
    while !channels.isEmpty {
      wait()
      advance()
      output = OutputQueue(descriptor: streams.outgoing)
    }
  }
}

/// Connects programs with the standard streams; returns the exit status of the process.
func connectPrograms() -> Int32 {
  do {
    return ProgramMultiplexer(
      streams: try ConversationStreams(), signals: try SignalQueue()
    ).serve()
  } catch {
    complain("\(error.call): \(String(cString: strerror(error.code)))")
    return 71
  }
}
