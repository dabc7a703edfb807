// SPDX-License-Identifier: Apache-2.0

import AgentMultiplexer
import Glibc
import HostSystem
import SystemPackage

/// One channel: a program, the input that waits for it, and the windows of its streams.
final class Channel {
  /// Milliseconds that a program has to end after SIGHUP, before it is killed: an agent destroys its domain in them.
  private static let grace = 10_000

  let number: UInt32
  private var program: ChannelProgram
  /// Bytes of input that the program has not taken.
  private var waiting = ByteQueue()
  private var inputHasEnded = false
  private var input = ReceivingWindow()
  private var output = SendingWindow()
  private var errors = SendingWindow()
  private var ending: ProgramEnding?
  /// When the program is killed; nil while its channel is open.
  private(set) var deadline: MonotonicTime?

  init(_ number: UInt32, _ request: ProgramRequest) throws(CommandError) {
    self.number = number
    program = try ChannelProgram(request)
  }

  /// Adds what to wait for; `hasRoom` says whether more output can be queued.
  func add(to polled: inout PollSet, hasRoom: Bool) {
    polled.wake(at: deadline)
    if ending == nil { polled.add(program.end) }
    if hasRoom {
      for stream in [Frame.Stream.output, .errors] where room(on: stream) > 0 {
        if let descriptor = program.descriptor(of: stream) { polled.add(descriptor) }
      }
    }
    if !waiting.isEmpty, let descriptor = program.input {
      polled.add(descriptor, reading: false, writing: true)
    }
  }

  /// Takes what the user of the channel says.
  func take(_ content: Frame.Content, now: MonotonicTime) {
    switch content {
    case .data(.input, let bytes):
      guard input.receive(bytes.count), !inputHasEnded else { return abandon(now: now) }
      if program.input != nil { waiting.append(bytes) }
    case .end(.input): inputHasEnded = true
    case .room(.output, let count): output.add(count)
    case .room(.errors, let count): errors.add(count)
    case .resize(let size): program.resize(size)
    case .close: abandon(now: now)
    default: abandon(now: now)
    }
  }

  /// The channel is closed: the program is told to end, and killed if it does not.
  func abandon(now: MonotonicTime) {
    guard deadline == nil else { return }
    deadline = now.adding(milliseconds: Self.grace)
    waiting = ByteQueue()
    for stream in Frame.Stream.allCases { program.closeStream(stream) }
    program.signal(SIGHUP)
    // A stopped program would not notice.
    program.signal(SIGCONT)
  }

  /// Moves bytes both ways; returns what there is to say, and at the very end the ending.
  func advance(now: MonotonicTime) -> [Frame] {
    var frames: [Frame] = []
    if ending == nil { ending = program.takeEnding() }
    if let deadline, ending == nil, now >= deadline { program.signal(SIGKILL) }
    if let room = passInput() { frames.append(Frame(number, .room(.input, room))) }
    var isDrained = true
    for stream in [Frame.Stream.output, .errors] {
      guard program.descriptor(of: stream) != nil else { continue }
      let bytes = read(stream)
      if !bytes.isEmpty { frames.append(Frame(number, .data(stream, bytes))) }
      // The ending is said only after all output.
      if program.descriptor(of: stream) == nil {
        frames.append(Frame(number, .end(stream)))
      } else if !bytes.isEmpty || room(on: stream) == 0 {
        isDrained = false
      }
    }
    if let ending, isDrained {
      program.closeAll()
      frames.append(Frame(number, .ended(ending)))
    }
    return frames
  }

  private func room(on stream: Frame.Stream) -> Int {
    stream == .errors ? errors.room : output.room
  }

  /// Writes as much as the program takes; returns the room to announce.
  private func passInput() -> Int? {
    var passed = 0
    sending: while !waiting.isEmpty, let descriptor = program.input {
      let transfer = waiting.content.withUnsafeBytes { bytes in
        Transfer.attempt { write(descriptor.rawValue, bytes.baseAddress, bytes.count) }
      }
      switch transfer {
      case .bytes(let count):
        waiting.removeFirst(count)
        passed += count
      case .notNow: break sending
      // The program does not read any more: further input is dropped.
      case .ended: program.closeStream(.input)
      }
    }
    if program.input == nil {
      passed += waiting.count
      waiting = ByteQueue()
    }
    if inputHasEnded, waiting.isEmpty, program.input != nil {
      program.endInput()
      inputHasEnded = program.input == nil
    }
    return input.passOn(passed)
  }

  /// Reads at most one frame's worth.
  private func read(_ stream: Frame.Stream) -> [UInt8] {
    let limit = min(room(on: stream), Frame.pieceLimit)
    guard limit > 0, let descriptor = program.descriptor(of: stream) else { return [] }
    let read = descriptor.readAvailable(limit: limit)
    if read == nil { program.closeStream(stream) }
    let bytes = read ?? []
    if stream == .errors { errors.take(bytes.count) } else { output.take(bytes.count) }
    return bytes
  }
}
