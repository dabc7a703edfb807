// SPDX-License-Identifier: Apache-2.0

import AgentMultiplexer
import CommandFixture
import Foundation
import HostSystem
import Testing

/// The agent's multiplexer on this machine, where it needs no Xen.
@Suite(.command) struct MultiplexerTests {
  @Test func channelsDoNotDisturbEachOther() throws {
    let board = try Board()
    board.send(1, .open(ProgramRequest(arguments: ["yes"])))
    board.send(2, .open(ProgramRequest(arguments: ["sh", "-c", "read x; echo $x; exit 5"])))
    board.send(2, .data(.input, Array("word\n".utf8)))
    #expect(try board.ending(of: 2) == .exited(5))
    #expect(board.output[2] == Array("word\n".utf8))
    // Nobody gives the first room: it stops at one window.
    #expect(try board.wait { board.output[1]?.count == StreamWindow.size })
    board.send(1, .room(.output, 1000))
    #expect(try board.wait { board.output[1]?.count == StreamWindow.size + 1000 })
    board.send(1, .close)
    // Its output is closed, and it is told to hang up: either may come first.
    let ending = try board.ending(of: 1)
    #expect([.signalled(Int(SIGHUP)), .signalled(Int(SIGPIPE))].contains(ending))
  }

  @Test func moreInputThanThereIsRoomForEndsTheProgram() throws {
    let board = try Board()
    board.send(7, .open(ProgramRequest(arguments: ["sleep", "100"])))
    // A pipe takes some of it, hence more than a window.
    for _ in 0..<(StreamWindow.size * 3 / Frame.pieceLimit) {
      board.send(7, .data(.input, [UInt8](repeating: 0, count: Frame.pieceLimit)))
    }
    #expect(try board.ending(of: 7) == .signalled(Int(SIGHUP)))
  }

  @Test func programsEndWithTheStream() throws {
    let board = try Board()
    board.send(1, .open(ProgramRequest(arguments: ["sh", "-c", "echo $$; exec sleep 1000"])))
    #expect(try board.wait { board.output[1]?.last == 0x0a })
    let text = String(decoding: board.output[1] ?? [], as: UTF8.self)
    let process = try #require(Int32(text.dropLast()))
    #expect(ProcessTable.isRunning(process))
    board.hangUp()
    for _ in 0..<600 where ProcessTable.isRunning(process) { usleep(100_000) }
    #expect(!ProcessTable.isRunning(process))
  }

  @Test func whatCannotBeStartedIsRefused() throws {
    let board = try Board()
    board.send(3, .open(ProgramRequest(arguments: ["/no/such"])))
    #expect(try board.wait { board.refusals[3]?.contains("/no/such cannot be run") == true })
  }

  @Test func aProgramOnATerminalHasItsSize() throws {
    let board = try Board()
    board.send(
      1,
      .open(
        ProgramRequest(
          arguments: ["sh", "-c", "stty size; read x; stty size"],
          terminal: TerminalSize(columns: 70, rows: 20))))
    #expect(try board.wait { board.text(1).contains("20 70") })
    board.send(1, .resize(TerminalSize(columns: 71, rows: 21)))
    board.send(1, .data(.input, [0x0a]))
    #expect(try board.ending(of: 1) == .exited(0))
    #expect(board.text(1).contains("21 71"))
  }
}

/// One multiplexer, and what it has said.
private final class Board {
  private(set) var output: [UInt32: [UInt8]] = [:]
  private(set) var refusals: [UInt32: String] = [:]
  private var endings: [UInt32: ProgramEnding] = [:]
  private var reader = FrameReader()
  private let process = Process()
  private let requests = Pipe()
  private let events = Pipe()

  init() throws {
    process.executableURL = Checkout.pvh.deletingLastPathComponent().appending(path: "pvh-agent")
    process.arguments = ["switchboard"]
    process.standardInput = requests
    process.standardOutput = events
    try process.run()
  }

  deinit { hangUp() }

  /// Ends the stream.
  func hangUp() { try? requests.fileHandleForWriting.close() }

  func send(_ channel: UInt32, _ content: Frame.Content) {
    try? requests.fileHandleForWriting.write(contentsOf: Data(Frame(channel, content).encoded))
  }

  func text(_ channel: UInt32) -> String { String(decoding: output[channel] ?? [], as: UTF8.self) }

  /// Waits for the end of a program.
  func ending(of channel: UInt32) throws -> ProgramEnding? {
    _ = try wait { endings[channel] != nil }
    return endings[channel]
  }

  /// Takes what comes until something is so; false if it is not within 10 seconds.
  func wait(until condition: () -> Bool) throws -> Bool {
    let deadline = Date.now.addingTimeInterval(10)
    while !condition() {
      var entry = pollfd(
        fd: events.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
      guard Date.now < deadline else { return false }
      guard poll(&entry, 1, 100) > 0 else { continue }
      reader.append(Array(events.fileHandleForReading.availableData))
      while let frame = try reader.next() { take(frame) }
    }
    return true
  }

  private func take(_ frame: Frame) {
    switch frame.content {
    case .data(.output, let bytes): output[frame.channel, default: []] += bytes
    case .ended(let ending): endings[frame.channel] = ending
    case .refused(let reason): refusals[frame.channel] = reason
    default: break
    }
  }
}
