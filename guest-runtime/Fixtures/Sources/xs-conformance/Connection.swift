// SPDX-License-Identifier: Apache-2.0

import FixtureSupport
import GuestMachine
import GuestRuntime

/// Why a case ends before its last line.
enum CaseEnd: Error {
  /// Something is not as it should be.
  case failed(GuestText)
  /// The case cannot be looked at here.
  case skipped(GuestText)
  /// xenstored does not answer.
  case silent(GuestText)
}

/// The types of messages. C names: `XS_*` in `xen/include/public/io/xs_wire.h`.
enum Kind: UInt32 {
  case control = 0
  case directory = 1
  case read = 2
  case getPermissions = 3
  case watch = 4
  case unwatch = 5
  case start = 6
  case end = 7
  case introduce = 8
  case release = 9
  case domainPath = 10
  case write = 11
  case make = 12
  case remove = 13
  case setPermissions = 14
  case event = 15
  case error = 16
  case isIntroduced = 17
  case resume = 18
  case setTarget = 19
  case resetWatches = 21
  case directoryPart = 22
  case getFeature = 23
  case setFeature = 24
  case getQuota = 25
  case setQuota = 26

  /// As `xenstore.txt` has it.
  var name: GuestText {
    switch self {
    case .control: "CONTROL"
    case .directory: "DIRECTORY"
    case .read: "READ"
    case .getPermissions: "GET_PERMS"
    case .watch: "WATCH"
    case .unwatch: "UNWATCH"
    case .start: "TRANSACTION_START"
    case .end: "TRANSACTION_END"
    case .introduce: "INTRODUCE"
    case .release: "RELEASE"
    case .domainPath: "GET_DOMAIN_PATH"
    case .write: "WRITE"
    case .make: "MKDIR"
    case .remove: "RM"
    case .setPermissions: "SET_PERMS"
    case .event: "WATCH_EVENT"
    case .error: "ERROR"
    case .isIntroduced: "IS_DOMAIN_INTRODUCED"
    case .resume: "RESUME"
    case .setTarget: "SET_TARGET"
    case .resetWatches: "RESET_WATCHES"
    case .directoryPart: "DIRECTORY_PART"
    case .getFeature: "GET_FEATURE"
    case .setFeature: "SET_FEATURE"
    case .getQuota: "GET_QUOTA"
    case .setQuota: "SET_QUOTA"
    }
  }
}

/// The guest's connection to xenstored, frame by frame: requests get numbers, answers are found by them,
/// and watch events are kept apart.
final class Connection {
  /// The rings, unchecked.
  var door: XenstoreDoor
  /// Events that came and were not looked at yet.
  var events: [WatchEvent] = []
  /// What is changed on purpose, in a test of the cases themselves.
  var flaw: Flaw?
  /// The flaw of the next case, as soon as its directory is there.
  var flawAfterPreparing: Flaw?
  private let clock: GuestClock
  private var lastRequest: UInt32 = 0x100

  /// How long an answer may take, in milliseconds.
  static var patience: UInt64 { 20_000 }

  /// The connection through a door that nobody else uses.
  init(_ door: XenstoreDoor, _ clock: GuestClock) {
    self.door = door
    self.clock = clock
  }

  /// Milliseconds of a clock that never goes back.
  var now: UInt64 { clock.nanoseconds / 1_000_000 }

  /// Sleeps.
  func sleep(_ milliseconds: UInt64) { clock.sleep(milliseconds: milliseconds) }

  /// The next number for a request; watch events have 0.
  func number() -> UInt32 {
    lastRequest += 1
    return lastRequest
  }

  /// Sends a request, and waits for its answer.
  func ask(_ kind: Kind, _ payload: GuestText, in transaction: UInt32 = 0) throws(CaseEnd) -> Reply
  {
    try ask(kind, payload.bytes, in: transaction)
  }

  /// Sends a request, and waits for its answer.
  func ask(_ kind: Kind, _ payload: [UInt8], in transaction: UInt32 = 0) throws(CaseEnd) -> Reply {
    let number = number()
    try send(kind.rawValue, payload, in: transaction, number)
    return try answer(to: number, kind, payload)
  }

  /// Sends requests of one kind, several of them before the first is answered; the answers in their
  /// order. Stops after those in which one is an error.
  ///
  /// - Parameters:
  ///   - kind: The kind.
  ///   - transaction: The transaction, or 0.
  ///   - next: The payload of the request with a number from 0 on; nil for no more.
  /// - Returns: The answers, errors among them.
  /// - Throws: `CaseEnd` if one does not come.
  func askMany(
    _ kind: Kind, in transaction: UInt32 = 0, _ next: (Int) -> GuestText?
  ) throws(CaseEnd) -> [Reply] {
    var replies: [Reply] = []
    while true {
      // As many as have room in the ring, and fewer than daemons want to have outstanding.
      var sent: [(number: UInt32, payload: [UInt8])] = []
      var size = 0
      while sent.count < 12, size < 900, let payload = next(replies.count + sent.count)?.bytes {
        let number = number()
        try send(kind.rawValue, payload, in: transaction, number)
        sent.append((number, payload))
        size += 16 + payload.count
      }
      if sent.isEmpty { return replies }
      var isRefused = false
      for request in sent {
        let reply = try answer(to: request.number, kind, request.payload)
        isRefused = isRefused || reply.error != nil
        replies.append(reply)
      }
      if isRefused { return replies }
    }
  }

  /// Sends a request without waiting for its answer.
  func send(
    _ type: UInt32, _ payload: [UInt8], in transaction: UInt32 = 0, _ number: UInt32
  ) throws(CaseEnd) {
    var frame = XenstoreDoor.Frame(
      type: type, request: number, transaction: transaction, payload: payload)
    flaw?.changeRequest(&frame)
    try send(frame.bytes())
  }

  /// Sends bytes as they are.
  func send(_ bytes: [UInt8]) throws(CaseEnd) {
    guard door.send(bytes, withinMilliseconds: Self.patience) else {
      throw .silent("xenstored took no request for \(Self.patience) ms")
    }
  }

  /// Waits for the answer to a request; events that come before it are kept.
  func answer(
    to number: UInt32, _ kind: Kind, _ payload: [UInt8] = []
  ) throws(CaseEnd) -> Reply {
    guard let frame = try receive(within: Self.patience) else {
      throw .silent("no answer to \(kind.name) in \(Self.patience) ms")
    }
    guard frame.request == number else {
      throw .failed(
        "\(kind.name) with req_id \(number) was answered with type \(frame.type), req_id \(frame.request)"
      )
    }
    return Reply(frame, to: kind, payload)
  }

  /// The next frame that is no watch event; nil when none comes in time.
  func receive(within limit: UInt64, piece: Int = 1024) throws(CaseEnd) -> XenstoreDoor.Frame? {
    let end = now + limit
    while true {
      let rest = end > now ? end - now : 0
      guard var frame = door.receive(withinMilliseconds: rest, piece: piece) else { return nil }
      guard flaw?.lets(&frame) ?? true else { continue }
      guard frame.type == Kind.event.rawValue else { return frame }
      events.append(try WatchEvent(frame))
    }
  }

  /// The next event; nil when none comes in time.
  func event(within limit: UInt64) throws(CaseEnd) -> WatchEvent? {
    let end = now + limit
    while events.isEmpty, now < end || limit == 0 {
      if let frame = try receive(within: min(20, limit)) {
        throw .failed("nothing was asked, and there is an answer of type \(frame.type)")
      }
      if limit == 0 { break }
    }
    return events.isEmpty ? nil : events.removeFirst()
  }
}

/// A watch event.
struct WatchEvent {
  let path: [UInt8]
  let token: [UInt8]
  /// The numbers of the header, which should be 0.
  let request: UInt32
  let transaction: UInt32

  init(_ frame: XenstoreDoor.Frame) throws(CaseEnd) {
    let parts = frame.payload.split(separator: 0, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[2].isEmpty else {
      throw .failed(
        "a watch event of \(frame.payload.count) bytes has \(parts.count - 1) NULs, not 2")
    }
    (path, token) = (Array(parts[0]), Array(parts[1]))
    (request, transaction) = (frame.request, frame.transaction)
  }
}
