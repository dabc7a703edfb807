// SPDX-License-Identifier: Apache-2.0

import AgentMultiplexer
import Glibc
import HostSystem
import SystemPackage
import XenLab

/// The daemon's side of one connection: at most one program in dom0 belongs to it.
///
/// It begins with a line. After `frames` the connection carries frames of one channel, whose number
/// is the daemon's affair; after `agent` it is the standard input and output of an agent.
final class LabDaemonClient {
  /// What a connection begins with.
  enum Command: String {
    case frames
    case agent
    case status
    case stop
  }

  private enum Mode {
    case greeting
    case frames
    case agent
    /// It gets what is left for it.
    case leaving
    /// It has got everything. What it still sends is read and thrown away until it closes: closed with
    /// bytes unread, the connection would be reset, and what is under way to it lost. Source: Linux,
    /// `unix_release_sock`.
    case lingering
  }

  let socket: FileDescriptor
  let channel: UInt32
  /// Frames for the multiplexer.
  private(set) var outgoing: [Frame] = []
  /// What the connection asked of the daemon itself.
  private(set) var command: Command?
  /// Whether the connection can be closed.
  private(set) var isOver = false
  /// Whether there is a program on the channel.
  private(set) var hasProgram = false
  private var mode = Mode.greeting
  private var line: [UInt8] = []
  private var reader = FrameReader()
  private var queue: OutputQueue
  private var sending = SendingWindow()
  private var receiving = ReceivingWindow()
  private var errors = ReceivingWindow()

  init(_ socket: FileDescriptor, channel: UInt32) {
    self.socket = socket
    self.channel = channel
    queue = OutputQueue(to: socket)
  }

  deinit { try? socket.close() }

  /// Whether what the connection says is taken now.
  private var isReading: Bool { mode != .agent || sending.room > 0 }

  /// Adds what to wait for.
  func add(to waiting: inout PollSet) {
    waiting.add(socket, reading: isReading, writing: !queue.isEmpty)
  }

  /// Takes the frames for the multiplexer.
  func takeOutgoing() -> [Frame] {
    defer { outgoing = [] }
    return outgoing
  }

  func takeCommand() -> Command? {
    defer { command = nil }
    return command
  }

  /// Reads what has come from the connection.
  func receive() {
    guard !isOver, isReading else { return checkWhetherStillThere() }
    let limit = mode == .agent ? min(sending.room, Frame.pieceLimit) : 64 << 10
    guard let bytes = socket.readAvailable(limit: limit) else { return leave() }
    switch mode {
    case .greeting: greet(bytes)
    case .frames: take(bytes)
    case .agent:
      if !bytes.isEmpty {
        sending.take(bytes.count)
        say(.data(.input, bytes))
      }
    case .leaving, .lingering: break
    }
  }

  /// Notices the end of a connection that is not being read, as its program takes no input now.
  private func checkWhetherStillThere() {
    if mode == .agent, socket.isHungUp { leave() }
  }

  /// Takes what the multiplexer says on the channel.
  func take(_ content: Frame.Content) {
    switch (mode, content) {
    case (.frames, _):
      queue.append(Frame(0, content).encoded)
      if case .ended = content { finish() }
      if case .refused = content { finish() }
    case (.agent, .data(.output, let bytes)):
      if receiving.receive(bytes.count) { queue.append(bytes) } else { leave() }
    case (.agent, .data(.errors, let bytes)):
      _ = try? FileDescriptor.standardError.writeAll(bytes)
      if errors.receive(bytes.count), let room = errors.passOn(bytes.count) {
        say(.room(.errors, room))
      }
    case (.agent, .room(.input, let count)): sending.add(count)
    case (.agent, .ended), (.agent, .refused): finish()
    case (_, .ended), (_, .refused): hasProgram = false
    default: break
    }
  }

  /// Sends what goes to the connection.
  func flush() {
    let before = queue.count
    if queue.flush() == .hungUp { return leave() }
    let count = before - queue.count
    if mode == .agent, count > 0, let room = receiving.passOn(count) { say(.room(.output, room)) }
    if mode == .leaving, queue.isEmpty {
      shutdown(socket.rawValue, Int32(SHUT_WR))
      mode = .lingering
    }
  }

  /// Answers a command, and closes the connection.
  func answer(_ bytes: [UInt8]) {
    queue.append(bytes)
    finish()
  }

  /// The program is over: what is queued still goes out.
  private func finish() {
    hasProgram = false
    mode = .leaving
  }

  /// Nobody is at the other end.
  private func leave() {
    if hasProgram { say(.close) }
    (mode, isOver) = (.leaving, true)
  }

  private func say(_ content: Frame.Content) { outgoing.append(Frame(channel, content)) }

  private func greet(_ bytes: [UInt8]) {
    line += bytes
    guard let end = line.firstIndex(of: UInt8(ascii: "\n")) else {
      if line.count > 64 { leave() }
      return
    }
    let rest = Array(line[(end + 1)...])
    switch Command(rawValue: String(decoding: line[..<end], as: UTF8.self)) {
    case .frames:
      mode = .frames
      take(rest)
    case .agent:
      mode = .agent
      hasProgram = true
      say(.open(ProgramRequest(arguments: [LabHost.agentPath])))
      if !rest.isEmpty {
        sending.take(rest.count)
        say(.data(.input, rest))
      }
    case let command?: self.command = command
    case nil: leave()
    }
  }

  private func take(_ bytes: [UInt8]) {
    reader.append(bytes)
    do {
      while let frame = try reader.next() {
        if case .open = frame.content { hasProgram = true }
        say(frame.content)
      }
    } catch {
      leave()
    }
  }
}
