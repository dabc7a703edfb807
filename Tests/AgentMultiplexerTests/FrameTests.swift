// SPDX-License-Identifier: Apache-2.0

import AgentMultiplexer
import HostSystem
import Testing

/// Frames on the wire.
@Suite struct FrameTests {
  static let all: [Frame.Content] = [
    .open(ProgramRequest(arguments: ["xl", "", "list"])),
    .open(
      ProgramRequest(
        arguments: ["sh"], environment: ["TERM=xterm", "PS1="],
        terminal: TerminalSize(columns: 80, rows: 24))),
    .resize(TerminalSize(columns: 65535, rows: 1)), .close,
    .data(.input, [1, 2, 3]), .data(.output, []), .data(.errors, [0]),
    .end(.input), .end(.errors), .room(.output, 1 << 20), .room(.input, 0),
    .ended(.exited(0)), .ended(.exited(255)), .ended(.signalled(9)), .refused("no such program"),
  ]

  @Test(arguments: [1, 2, 7, 4096]) func framesArriveHoweverTheyAreCut(size: Int) throws {
    let frames = Self.all.enumerated().map { Frame(UInt32($0.offset) &* 0x1234_5678, $0.element) }
    let bytes = frames.flatMap(\.encoded)
    var reader = FrameReader()
    var seen: [Frame] = []
    for start in stride(from: 0, to: bytes.count, by: size) {
      reader.append(Array(bytes[start..<min(start + size, bytes.count)]))
      while let frame = try reader.next() { seen.append(frame) }
    }
    #expect(seen == frames)
    #expect(!reader.isInFrame)
  }

  @Test func theBytesOfOneFrame() {
    #expect(
      Frame(258, .data(.output, [7, 8])).encoded == [2, 1, 0, 0, 2, 0, 0, 0, 17, 7, 8])
  }

  @Test func whatNobodySendsIsRefused() {
    #expect(throws: FrameError.tooLarge(count: 0x7fff_ffff)) {
      try Self.read([0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f, 17])
    }
    #expect(throws: FrameError.unknownKind(99)) { try Self.read([0, 0, 0, 0, 0, 0, 0, 0, 99]) }
    #expect(throws: FrameError.unknownKind(19)) { try Self.read([0, 0, 0, 0, 0, 0, 0, 0, 19]) }
    #expect(throws: FrameError.malformed(kind: 2)) {
      try Self.read([0, 0, 0, 0, 1, 0, 0, 0, 2, 1])
    }
  }

  @Test(
    arguments: [
      [], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 2, 0, 0, 0, 97, 0],
      [0, 0, 0, 0, 0, 1, 0, 0, 0, 97],
    ] as [[UInt8]])
  func aRequestWithoutItsWordsIsRefused(payload: [UInt8]) {
    #expect(throws: FrameError.malformed(kind: 1)) {
      try Self.read([0, 0, 0, 0, UInt8(payload.count), 0, 0, 0, 1] + payload)
    }
  }

  @Test func requestsThatDoNotFitAreKnown() {
    #expect(ProgramRequest(arguments: ["a"]).canBeSent)
    #expect(!ProgramRequest(arguments: []).canBeSent)
    #expect(!ProgramRequest(arguments: ["a\u{0}b"]).canBeSent)
    #expect(!ProgramRequest(arguments: [String(repeating: "a", count: 256 << 10)]).canBeSent)
  }

  private static func read(_ bytes: [UInt8]) throws -> Frame? {
    var reader = FrameReader()
    reader.append(bytes)
    return try reader.next()
  }
}

/// Room on a stream.
@Suite struct StreamWindowTests {
  @Test func aReaderThatDoesNotReadStopsTheWriter() {
    var sending = SendingWindow()
    var receiving = ReceivingWindow()
    var sent = 0
    while sending.room > 0 {
      let count = min(sending.room, 1000)
      sending.take(count)
      sent += count
      let fits = receiving.receive(count)
      #expect(fits)
    }
    #expect(sent == StreamWindow.size)
    let fits = receiving.receive(1)
    #expect(!fits)
  }

  @Test func roomComesBackInLargePieces() {
    var sending = SendingWindow()
    var receiving = ReceivingWindow()
    var announcements = 0
    for _ in 0..<1000 {
      let count = min(sending.room, 700)
      #expect(count == 700)
      sending.take(count)
      let fits = receiving.receive(count)
      #expect(fits)
      if let room = receiving.passOn(count) {
        sending.add(room)
        announcements += 1
      }
    }
    #expect((1...30).contains(announcements))
  }
}
