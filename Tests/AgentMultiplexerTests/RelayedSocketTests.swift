// SPDX-License-Identifier: Apache-2.0

import AgentMultiplexer
import Glibc
import HostSystem
import SystemPackage
import Testing

/// A connection between two programs, in whose middle are two relayed sockets and what they say to each other.
@Suite struct RelayedSocketTests {
  /// A pair of connected sockets, and the far end of it wrapped.
  private final class Side {
    let program: FileDescriptor
    let relayed: RelayedSocket
    private var isOpen = true

    init() throws {
      let pair = try SocketPair()
      program = FileDescriptor(rawValue: dup(pair.near.rawValue))
      let far = FileDescriptor(rawValue: dup(pair.far.rawValue))
      try far.setNonBlocking()
      try program.setNonBlocking()
      relayed = RelayedSocket(far)
    }

    deinit { hangUp() }

    /// The program closes its end, once: the number may be another descriptor's afterwards.
    func hangUp() {
      if isOpen { try? program.close() }
      isOpen = false
    }

    func write(_ bytes: [UInt8]) -> Int {
      let count = bytes.withUnsafeBytes {
        Glibc.send(program.rawValue, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      return max(0, count)
    }

    /// What has come; nil at the end.
    func read() -> [UInt8]? { program.readAvailable(limit: 1 << 20) }
  }

  private let near: Side
  private let far: Side

  init() throws { (near, far) = (try Side(), try Side()) }

  /// Lets both work until neither has anything to say.
  private func settle(nearCanSend: Bool = true, farCanSend: Bool = true) -> [RelayPiece] {
    var said: [RelayPiece] = []
    while true {
      let first = near.relayed.advance(canSend: nearCanSend)
      let second = far.relayed.advance(canSend: farCanSend)
      for piece in first { _ = far.relayed.take(piece) }
      for piece in second { _ = near.relayed.take(piece) }
      guard !first.isEmpty || !second.isEmpty else { return said }
      said += first + second
    }
  }

  @Test func bytesGoBothWays() {
    #expect(near.write(Array("question".utf8)) == 8)
    #expect(far.write(Array("answer".utf8)) == 6)
    _ = settle()
    #expect(far.read() == Array("question".utf8))
    #expect(near.read() == Array("answer".utf8))
    #expect(!near.relayed.isOver && !far.relayed.isOver)
  }

  @Test func eachDirectionEndsForItself() {
    _ = near.write(Array("all".utf8))
    shutdown(near.program.rawValue, Int32(SHUT_WR))
    _ = settle()
    #expect(far.read() == Array("all".utf8))
    #expect(far.read() == nil)
    #expect(!near.relayed.isOver && !far.relayed.isOver)
    // The other direction goes on.
    _ = far.write(Array("later".utf8))
    _ = settle()
    #expect(near.read() == Array("later".utf8))
    shutdown(far.program.rawValue, Int32(SHUT_WR))
    _ = settle()
    #expect(near.read() == nil)
    #expect(near.relayed.isOver && far.relayed.isOver)
  }

  /// A reader that takes nothing stops its writer, and both take as much memory as is allowed; nothing is lost.
  @Test func aSlowReaderStopsOnlyItsWriter() {
    let piece = (0..<64 << 10).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    var sent: [UInt8] = []
    for _ in 0..<200 {
      let count = near.write(Array(piece))
      sent += piece.prefix(count)
      let said = settle()
      if count == 0, said.isEmpty { break }
    }
    #expect(near.write([0]) == 0)
    #expect(near.relayed.interest(canSend: true).reading == false)
    // The kernel's buffers and one window hold it all.
    #expect(sent.count < 4 << 20)
    // The other direction is not stopped.
    _ = far.write(Array("still".utf8))
    _ = settle()
    #expect(near.read() == Array("still".utf8))
    var received: [UInt8] = []
    while received.count < sent.count, let bytes = far.read() {
      received += bytes
      if bytes.isEmpty, settle().isEmpty { break }
    }
    let isTheSame = received == sent
    #expect(isTheSame)
  }

  @Test func withoutRoomNothingIsRead() {
    _ = near.write(Array("wait".utf8))
    #expect(settle(nearCanSend: false).isEmpty)
    #expect(near.relayed.interest(canSend: false).reading == false)
    #expect(near.relayed.interest(canSend: true).reading)
    _ = settle()
    #expect(far.read() == Array("wait".utf8))
  }

  @Test func moreThanThereIsRoomForBreaksIt() {
    let bytes = [UInt8](repeating: 1, count: StreamWindow.size)
    #expect(near.relayed.take(.data(bytes)))
    #expect(!near.relayed.take(.data([1])))
    #expect(near.relayed.isOver)
    #expect(far.relayed.take(.end))
    #expect(!far.relayed.take(.data([1])))
  }

  @Test func aBrokenOneIsSaidToBe() {
    near.hangUp()
    _ = near.relayed.advance(canSend: true)
    let said = near.relayed.take(.data([1])) ? near.relayed.advance(canSend: true) : []
    #expect(said == [.broken(nil)])
    #expect(near.relayed.isOver)
    #expect(far.relayed.take(.broken("gone")))
    #expect(far.relayed.isOver)
    #expect(far.relayed.advance(canSend: true).isEmpty)
  }

  /// A program that takes nothing any more may have said something before, which goes first.
  @Test func theLastWordsOfAProgramThatIsGoneArePassedOn() {
    #expect(near.write(Array("last words".utf8)) == 10)
    near.hangUp()
    #expect(near.relayed.take(.data([1])))
    var said: [RelayPiece] = []
    for _ in 0..<10 { said += near.relayed.advance(canSend: true) }
    #expect(near.relayed.isOver)
    #expect(said.first == .data(Array("last words".utf8)))
    #expect(said.last == .broken(nil))
    #expect(!said.dropLast().contains(.broken(nil)))
  }

  /// A peer that breaks off after its end has said all; the program gets that, and no break.
  @Test func aPeerThatBreaksOffAfterItsEndHasSaidAll() {
    #expect(near.relayed.take(.data(Array("answer".utf8))))
    #expect(near.relayed.take(.end))
    #expect(near.relayed.take(.broken(nil)))
    #expect(near.write([1, 2, 3]) == 3)
    #expect(near.relayed.advance(canSend: true).isEmpty)
    #expect(near.read() == Array("answer".utf8))
    #expect(near.read() == nil)
    // It is heard out, but by nobody, and only for a while.
    #expect(!near.relayed.isOver && near.relayed.closingTime != nil)
    #expect(near.relayed.interest(canSend: false).reading)
    shutdown(near.program.rawValue, Int32(SHUT_WR))
    #expect(near.relayed.advance(canSend: true).isEmpty)
    #expect(near.relayed.isOver)
  }

  @Test func aPeerThatBreaksOffBeforeItsEndBreaksTheProgramOff() {
    #expect(near.relayed.take(.data(Array("ans".utf8))))
    #expect(near.relayed.take(.broken(nil)))
    #expect(near.relayed.isOver)
  }

  @Test func whatComesEarlyIsBounded() {
    var early = EarlyPieces()
    #expect(early.pieces.isEmpty)
    let half = [UInt8](repeating: 1, count: StreamWindow.size / 2)
    func taken(_ pieces: [RelayPiece]) -> [Bool] { pieces.map { early.take($0) } }
    #expect(taken([.data(half), .data([]), .data(half), .data([1])]) == [true, true, true, false])
    #expect(taken([.end]) == [true])
    #expect(early.pieces == [.data(half + half), .end])
    #expect(taken([.end, .data([]), .room(1), .broken(nil)]).allSatisfy { !$0 })
    // An open connection takes them all.
    #expect(early.pieces.allSatisfy { near.relayed.take($0) })
  }
}
