// SPDX-License-Identifier: Apache-2.0

import GuestTCP
import WebServing

/// All connections of the server.
final class Visits: @unchecked Sendable {
  // There is one CPU, and a task runs until it awaits.
  private let archive: BootBytes
  private let server: WebServer
  private let clock: GuestClock
  private let memory: GuestMemory

  /// How long a client may receive nothing of what there is for it, in milliseconds.
  private static let writeLimit: UInt64 = 20_000

  init(
    _ bytes: BootBytes, _ archive: TarArchive, _ clock: GuestClock, _ memory: GuestMemory,
    connectionLimit: Int
  ) {
    (self.archive, self.clock, self.memory) = (bytes, clock, memory)
    let now = Moment(milliseconds: clock.nanoseconds / 1_000_000, calendarSeconds: nil)
    server = WebServer(Site(archive), connectionLimit: connectionLimit, now: now)
  }

  /// Answers one client until it is done, or has had its time.
  func serve(_ stream: TCPStream) async {
    defer { stream.close() }
    guard server.open() else {
      try? await send(server.refusal(now: now), stream)
      return stream.finish()
    }
    defer { server.close() }
    do throws(GuestError) {
      try await answerAll(stream)
      stream.finish()
      // Closed with something unread, the connection is reset, and the last answer may be lost with it.
      for _ in 0..<16 where try await stream.read(atMost: 4096, withinMilliseconds: 1000).isEmpty {
        return
      }
    } catch {
      // The client has gone, or takes too long: the others do not notice.
    }
  }

  private func answerAll(_ stream: TCPStream) async throws(GuestError) {
    let connection = WebConnection(server, now: now)
    while !connection.isOver {
      let patience = connection.patience(now: now)
      let bytes =
        patience == 0 ? nil : try? await stream.read(atMost: 4096, withinMilliseconds: patience)
      guard let bytes else {
        if let answer = connection.timeOut(now: now) { try await send(answer, stream) }
        return
      }
      if bytes.isEmpty { return }
      connection.receive(bytes, now: now)
      while true {
        let piece = connection.nextPiece(memory: memoryInUse, now: now) { part, output in
          archive.withUnsafeBytes { output += $0[part] }
        }
        if piece.isEmpty { break }
        try await send(piece, stream)
      }
    }
  }

  /// A client that does not read does not keep its place.
  private func send(_ bytes: [UInt8], _ stream: TCPStream) async throws(GuestError) {
    try await stream.write(bytes, withinMilliseconds: Self.writeLimit)
  }

  private var now: Moment {
    Moment(milliseconds: clock.nanoseconds / 1_000_000, calendarSeconds: clock.secondsSince1970)
  }

  private var memoryInUse: (used: Int, capacity: Int) {
    let heap = memory.heap
    return (heap.usedBytes, heap.capacity)
  }
}
