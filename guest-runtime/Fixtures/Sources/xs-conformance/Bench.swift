// SPDX-License-Identifier: Apache-2.0

import FixtureSupport
import GuestMachine
import GuestRuntime
import XenABI

/// What a case works with: the connection, a directory of its own, and the second party.
final class Bench {
  let connection: Connection
  /// The number of this domain, in decimal.
  let domain: GuestText
  /// The second party in the control domain; nil without one.
  let peer: Peer?
  /// The case's own directory, relative to the domain's.
  private(set) var folder: GuestText = "data/cts"

  init(_ connection: Connection, domain: UInt16, peer: Peer?) {
    self.connection = connection
    self.domain = "\(domain)"
    self.peer = peer
  }

  /// A path in the case's own directory.
  func at(_ name: GuestText) -> GuestText { "\(folder)/\(name)" }

  /// The same path from the root on.
  func absolute(_ path: GuestText) -> GuestText { "/local/domain/\(domain)/\(path)" }

  /// A word of the page. Source: `docs/misc/xenstore-ring.txt`.
  func word(_ offset: Int) -> UInt32 { connection.door.page[word: offset] }

  /// The second party; ends the case if there is none.
  func secondParty() throws(CaseEnd) -> Peer {
    guard let peer else { throw .skipped("needs a second party in the control domain (peer=1)") }
    return peer
  }

  // MARK: Requests

  func ask(_ kind: Kind, _ payload: GuestText, in id: UInt32 = 0) throws(CaseEnd) -> Reply {
    try connection.ask(kind, payload, in: id)
  }

  func ask(_ kind: Kind, _ payload: [UInt8], in id: UInt32 = 0) throws(CaseEnd) -> Reply {
    try connection.ask(kind, payload, in: id)
  }

  /// As `Connection.askMany` does it: how many were done, and the first error's name.
  func askMany(
    _ kind: Kind, in id: UInt32 = 0, _ next: (Int) -> GuestText?
  ) throws(CaseEnd) -> (done: Int, error: GuestText?) {
    let replies = try connection.askMany(kind, in: id, next)
    return (replies.count { $0.error == nil }, replies.first { $0.error != nil }?.word)
  }

  func write(_ path: GuestText, _ value: GuestText = "", in id: UInt32 = 0) throws(CaseEnd) -> Reply
  {
    try ask(.write, "\(path)\0\(value)", in: id)
  }

  func read(_ path: GuestText, in id: UInt32 = 0) throws(CaseEnd) -> Reply {
    try ask(.read, "\(path)\0", in: id)
  }

  func make(_ path: GuestText, in id: UInt32 = 0) throws(CaseEnd) -> Reply {
    try ask(.make, "\(path)\0", in: id)
  }

  func remove(_ path: GuestText, in id: UInt32 = 0) throws(CaseEnd) -> Reply {
    try ask(.remove, "\(path)\0", in: id)
  }

  func list(_ path: GuestText, in id: UInt32 = 0) throws(CaseEnd) -> Reply {
    try ask(.directory, "\(path)\0", in: id)
  }

  func permissions(_ path: GuestText, in id: UInt32 = 0) throws(CaseEnd) -> Reply {
    try ask(.getPermissions, "\(path)\0", in: id)
  }

  func setPermissions(
    _ path: GuestText, _ list: GuestText, in id: UInt32 = 0
  ) throws(CaseEnd) -> Reply {
    try ask(.setPermissions, "\(path)\0\(list)", in: id)
  }

  func watch(_ path: GuestText, _ token: GuestText) throws(CaseEnd) -> Reply {
    try ask(.watch, "\(path)\0\(token)\0")
  }

  func unwatch(_ path: GuestText, _ token: GuestText) throws(CaseEnd) -> Reply {
    try ask(.unwatch, "\(path)\0\(token)\0")
  }

  func reset() throws(CaseEnd) -> Reply { try ask(.resetWatches, "\0") }

  /// Opens a transaction.
  func begin() throws(CaseEnd) -> UInt32 {
    let payload = try ask(.start, "\0").value()
    guard payload.last == 0, let id = Array(payload.dropLast()).decimal, id > 0, id <= UInt32.max
    else {
      throw .failed("TRANSACTION_START: \"\(payload)\" is no number from 1 on with a NUL")
    }
    return UInt32(id)
  }

  /// Ends a transaction.
  func end(_ id: UInt32, commit: Bool = true) throws(CaseEnd) -> Reply {
    try ask(.end, commit ? "T\0" : "F\0", in: id)
  }

  // MARK: Events

  /// Watches a path, and takes the event that comes with a new watch.
  func watchQuietly(_ path: GuestText, _ token: GuestText) throws(CaseEnd) {
    try watch(path, token).ok()
    try expectEvent(path, token)
  }

  /// Waits for an event; others, which may come at any time, are passed over.
  func expectEvent(_ path: GuestText, _ token: GuestText) throws(CaseEnd) {
    let end = connection.now + 5000
    var seen: GuestText = ""
    while connection.now < end {
      guard let event = try connection.event(within: 100) else { continue }
      if event.path == path.bytes, event.token == token.bytes { return }
      seen = "; the last one was \(event.path) \(event.token)"
    }
    throw .failed("no event \(path) \(token) in 5 s\(seen)")
  }

  /// The events of a while.
  func events(for limit: UInt64 = 200) throws(CaseEnd) -> [WatchEvent] {
    let end = connection.now + limit
    var result: [WatchEvent] = []
    while connection.now < end {
      if let event = try connection.event(within: min(50, limit)) { result.append(event) }
    }
    return result
  }

  /// Holds it against silence.
  func expectNoEvent(_ reason: GuestText) throws(CaseEnd) {
    if let event = try events().first {
      throw .failed("\(reason): an event \(event.path) \(event.token)")
    }
  }

  // MARK: Around a case

  /// Makes a fresh directory.
  func prepare(_ id: GuestText) throws(CaseEnd) {
    folder = "data/cts/\(id)"
    try make(folder).ok()
    connection.flaw = connection.flawAfterPreparing
    connection.flawAfterPreparing = nil
  }

  /// Takes away all that a case may have left.
  func tidy() throws(CaseEnd) {
    // Answers that nobody took may be on their way.
    connection.sleep(1)
    while connection.door.receive(withinMilliseconds: 0) != nil {}
    _ = try reset()
    try peer?.tidy()
    try remove(folder).ok()
    // Events of before the reset may be on their way, and so may be answers that nobody took.
    while connection.door.receive(withinMilliseconds: 0) != nil {}
    connection.events = []
  }
}
