// SPDX-License-Identifier: Apache-2.0

import FixtureSupport
import GuestMachine
import GuestRuntime
import XenABI

/// What may cost the guest its connection, and must cost nobody else theirs.
extension Case {
  static var hostile: [Case] {
    [
      Case(
        "FR-11", .mandatory, .text,
        "a payload of 4097 bytes ends the connection, with error word 3 where that is offered",
        isHostile: true
      ) { (bench: Bench) throws(CaseEnd) in
        let path = bench.at("x\0").bytes
        let frame = XenstoreDoor.Frame(
          type: Kind.write.rawValue, request: 7,
          payload: path + [UInt8]("v", count: 4097 - path.count))
        _ = bench.connection.door.send(frame.bytes(), withinMilliseconds: 1000)
        return try dead(bench, word: 3, isRequired: true)
      },
      Case(
        "FR-12", .hostile, .text, "a payload length of 0xffffffff harms nobody else",
        isHostile: true
      ) { (bench: Bench) throws(CaseEnd) in
        let frame = XenstoreDoor.Frame(
          type: Kind.read.rawValue, request: 7, payload: bytes("name\0"))
        _ = bench.connection.door.send(frame.bytes(length: .max), withinMilliseconds: 1000)
        return try dead(bench, word: 3)
      },
      Case(
        "FR-13", .mandatory, .ring,
        "req_prod 1025 ahead of req_cons ends the connection, with error word 2 where that is offered",
        isHostile: true
      ) { (bench: Bench) throws(CaseEnd) in
        let page = bench.connection.door.page
        page[word: XenstorePageLayout.requestsProduced] =
          page[word: XenstorePageLayout.requestsConsumed] &+ 1025
        page.notify()
        return try dead(bench, word: 2, isRequired: true)
      },
      Case(
        "FR-14", .hostile, .ring, "rsp_cons ahead of rsp_prod harms nobody else",
        isHostile: true
      ) { (bench: Bench) throws(CaseEnd) in
        let page = bench.connection.door.page
        page[word: XenstorePageLayout.responsesConsumed] =
          page[word: XenstorePageLayout.responsesProduced] &+ 100
        let frame = XenstoreDoor.Frame(
          type: Kind.read.rawValue, request: 7, payload: bytes("name\0"))
        _ = bench.connection.door.send(frame.bytes(), withinMilliseconds: 1000)
        return try dead(bench, word: 2)
      },
      Case(
        "WA-26", .hostile, .daemons,
        "an event that is too long for a message costs no more than the event", isHostile: true
      ) { (bench: Bench) throws(CaseEnd) in
        let path = bytes("\(bench.folder)\0")
        let token = [UInt8]("t", count: 4095 - path.count)
        let reply = try bench.ask(.watch, path + token + [0])
        // The first one fits.
        if reply.error == nil { try bench.expectEvent(bench.folder, "\(token)") }
        let write = try bench.write(bench.at("a-rather-long-name-of-a-child"), "1")
        let seen = try bench.events().count
        _ = try bench.read("name").value()
        return .measured("WATCH \(reply.word), WRITE \(write.word), \(seen) events")
      },
      Case(
        "FR-24", .hostile, .daemons,
        "a guest that asks and does not read keeps nobody else from being served", isHostile: true
      ) { (bench: Bench) throws(CaseEnd) in
        _ = try stall(bench) { bench.connection.sleep(2000) }
        return .pass
      },
    ]
  }

  /// Whether the daemon has given the connection up, and what the error word says.
  ///
  /// - Parameters:
  ///   - bench: The connection.
  ///   - word: What it should say where it is offered. Source: `xenstore-ring.txt`.
  ///   - isRequired: Whether the daemon has to give it up.
  /// - Returns: What was measured.
  /// - Throws: `CaseEnd` if it is not as it has to be.
  private static func dead(
    _ bench: Bench, word: UInt32, isRequired: Bool = false
  ) throws(CaseEnd) -> CaseLog.Result {
    bench.connection.sleep(1500)
    let features = bench.word(XenstorePageLayout.serverFeatures)
    let error = bench.word(XenstorePageLayout.error)
    bench.connection.door.dropBuffer()
    // Whoever still takes and answers requests has not given up; a ring that is full takes nothing.
    let probe = XenstoreDoor.Frame(type: Kind.read.rawValue, request: 8, payload: bytes("name\0"))
    let consumed = bench.word(XenstorePageLayout.requestsConsumed)
    _ = bench.connection.door.offer(probe.bytes()[...])
    bench.connection.sleep(300)
    let goesOn = bench.word(XenstorePageLayout.requestsConsumed) != consumed
    try require(!goesOn || !isRequired, "xenstored goes on to take requests; error word \(error)")
    if features & 2 != 0, error != 0 {
      try require(error == word, "the error word is \(error), not \(word)")
    }
    return .measured(
      "\(goesOn ? "goes on" : "given up"), error word \(error), features \(features)")
  }
}
