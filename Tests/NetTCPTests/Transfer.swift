// SPDX-License-Identifier: Apache-2.0

import NetTCP
import NetWire
import XenFrontends

/// One side of a transfer: it writes a stream, reads the other's, and checks it byte for byte.
final class TransferEnd {
  let connection: TCPConnection
  private let seed: UInt64
  private let toSend: Int
  private let toReceive: Int
  private var sent = 0
  private(set) var received = 0
  private(set) var isWrong = false
  /// How much it reads at a time, and how likely it does at all when it could.
  var readSize = 65536
  var readChance = 100
  /// Whether the stream ends when all is written, else when the other's end is seen.
  var endsFirst = true

  init(_ connection: TCPConnection, sends: Int, receives: Int, seed: UInt64) {
    self.connection = connection
    toSend = sends
    toReceive = receives
    self.seed = seed
  }

  private static let pattern: [UInt8] = {
    var chance = Chance(seed: 1)
    return (0..<(1 << 19)).map { _ in UInt8(truncatingIfNeeded: chance.next()) }
  }()

  /// A part of the stream of a seed.
  private static func stream(_ start: Int, _ count: Int, _ seed: UInt64) -> ArraySlice<UInt8> {
    let first = start + Int(seed % 50_000)
    return pattern[first..<(first + count)]
  }

  /// Whether both streams have ended, and nothing waits.
  var isDone: Bool {
    !connection.isReadable
      && (connection.isOver
        || sent == toSend && connection.isAtEnd && connection.unacknowledgedCount == 0)
  }

  func work(_ chance: inout Chance) {
    while connection.isWritable, sent < toSend {
      let count = min(toSend - sent, 1 + chance.below(4096))
      let start = sent
      let taken = connection.write(Array(Self.stream(start, count, seed)))
      sent += taken
      if taken < count { break }
    }
    if connection.isReadable, chance.percent(readChance) {
      let bytes = connection.read(atMost: readSize)
      let isInside = received + bytes.count <= toReceive
      if !isInside || bytes[...] != Self.stream(received, bytes.count, ~seed) { isWrong = true }
      received += bytes.count
    }
    if sent == toSend, endsFirst || connection.isAtEnd { connection.finish() }
  }

  /// Whether all arrived as it was sent.
  var isComplete: Bool { !isWrong && received == toReceive && connection.isAtEnd }
}

/// A connection between the hosts of a link, over which both send.
struct Transfer {
  let link: SimulatedLink
  let ends: [TransferEnd]

  /// Opens a connection, within a minute.
  init?(_ link: SimulatedLink, sizes: (Int, Int), seed: UInt64, port: UInt16 = 80) throws {
    self.link = link
    let listener = try link.hosts[1].listen(on: port, backlog: 4)
    let client = try link.connect(from: 0, to: port)
    var server: TCPConnection?
    let end = link.now.advanced(byMilliseconds: 600_000)
    while server == nil, link.now < end, !client.isOver {
      guard link.step(until: end) else { break }
      server = listener.accept()
    }
    listener.close()
    guard let server else { return nil }
    ends = [
      TransferEnd(client, sends: sizes.0, receives: sizes.1, seed: seed),
      TransferEnd(server, sends: sizes.1, receives: sizes.0, seed: ~seed),
    ]
  }

  /// Lets both sides work until both are done.
  ///
  /// - Returns: whether that was before the time was over, in milliseconds.
  func run(milliseconds: UInt64) -> Bool {
    let end = link.now.advanced(byMilliseconds: milliseconds)
    // A slow reader looks again although nothing happens.
    var isIdle = false
    while link.now < end {
      for side in ends { side.work(&link.chance) }
      if ends.allSatisfy(\.isDone) { return true }
      isIdle = !link.step(until: min(end, link.now.advanced(byMilliseconds: isIdle ? 50 : 20)))
    }
    return false
  }
}
