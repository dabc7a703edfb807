// SPDX-License-Identifier: Apache-2.0

import DNSServing
import GuestTCP

/// Answers for a zone, the text of its module, on port 53 over UDP and TCP. Ends on request.
@main
struct DNS: AsyncAppliance {
  func run(_ guest: borrowing Guest) async throws(GuestError) {
    guard let module = guest.modules.first else {
      throw GuestError("there is no zone: give a master file with --module example.zone")
    }
    let zone: Zone
    do throws(ZoneFailure) {
      zone = try Zone(Array(module.bytes))
    } catch {
      throw GuestError("the zone, line \(error.line): \(GuestText(stringLiteral: error.text))")
    }
    let answers = Answers(DNSServer(zone))
    let network = try await guest.openNetwork()
    let socket = try network.openDatagrams(on: 53)
    let listener = try network.listen(on: 53, backlog: 16)
    guest.console.print("answering at \(network.address.text), \(zone.recordCount) records\n")
    let console = guest.console
    Task {
      do throws(GuestError) {
        while true { await answers.accept(try await listener.accept()) }
      } catch {
        console.print("no more streams: \(error.message)\n")
      }
    }
    let end = try await guest.lifecycle.untilAskedToEnd { () async throws(GuestError) in
      while true {
        let datagram = try await socket.receive()
        guard let answer = answers.server.answer(datagram.bytes, isStream: false) else { continue }
        // One that cannot be sent is asked for again.
        try? await socket.send(answer, to: datagram.sender)
      }
    }
    if case .asked(let request) = end { guest.lifecycle.obey(request) }
  }
}

/// What answers, and the streams of clients.
final class Answers: @unchecked Sendable {
  // There is one CPU, and a task runs until it awaits.
  let server: DNSServer
  private var streamCount = 0
  private static let streamLimit = 32

  init(_ server: DNSServer) { self.server = server }

  /// Serves a client over TCP in a task of its own, unless there are too many.
  func accept(_ stream: TCPStream) async {
    guard streamCount < Self.streamLimit else { return stream.close() }
    streamCount += 1
    Task {
      try? await serve(stream)
      stream.close()
      streamCount -= 1
    }
  }

  /// Each message has its length before it, in two bytes. Source: RFC 1035, 4.2.2.
  private func serve(_ stream: TCPStream) async throws(GuestError) {
    var pending: [UInt8] = []
    while true {
      while pending.count >= 2 {
        let end = 2 + (Int(pending[0]) << 8 | Int(pending[1]))
        guard pending.count >= end else { break }
        guard let answer = server.answer(Array(pending[2..<end]), isStream: true) else { return }
        pending.removeFirst(end)
        let length = [UInt8(answer.count >> 8), UInt8(truncatingIfNeeded: answer.count)]
        try await stream.write(length + answer, withinMilliseconds: 10_000)
      }
      let more = try await stream.read(atMost: 4096, withinMilliseconds: 10_000)
      if more.isEmpty { return stream.finish() }
      pending += more
    }
  }
}
