// SPDX-License-Identifier: Apache-2.0

import GuestMachine
import GuestRuntime

/// A flaw of xenstored, put in by hand between the rings and the cases: each has to be found by the case
/// that it breaks. A test of the cases, not of the daemon.
struct Flaw {
  private let fault: Fault
  /// The type that was asked last.
  private var asked: UInt32 = 0

  /// What is wrong.
  enum Fault {
    case errorWithoutNUL
    case numberInErrorsPlace
    case otherRequestNumber
    case otherTransactionNumber
    case shortOK
    case otherErrorName
    case valueWithNUL
    case shortValue
    case removalNotDone
    case contentOfExistingLost
    case abortIsCommit
    case conflictUnseen
    case noEvents
    case eventWithNumber
    case absoluteEvent
    case secondWatchTaken
    case permissionsReversed
    case listWithoutLast
  }

  /// The flaws by name, each with the case that finds it.
  static var all: [(name: StaticString, fault: Fault, finder: StaticString)] {
    [
      ("error-without-nul", .errorWithoutNUL, "FR-02"),
      ("number-in-errors-place", .numberInErrorsPlace, "RW-06"),
      ("other-req-id", .otherRequestNumber, "FR-01"),
      ("other-tx-id", .otherTransactionNumber, "FR-01"),
      ("short-ok", .shortOK, "FR-03"),
      ("einval-for-enoent", .otherErrorName, "RW-20"),
      ("value-with-nul", .valueWithNUL, "RW-01"),
      ("short-value", .shortValue, "FR-08"),
      ("removal-not-done", .removalNotDone, "RW-13"),
      ("mkdir-empties", .contentOfExistingLost, "RW-11"),
      ("abort-is-commit", .abortIsCommit, "TX-04"),
      ("conflict-unseen", .conflictUnseen, "TX-05"),
      ("no-events", .noEvents, "WA-06"),
      ("event-with-req-id", .eventWithNumber, "WA-04"),
      ("absolute-event", .absoluteEvent, "WA-10"),
      ("second-watch-taken", .secondWatchTaken, "WA-12"),
      ("permissions-reversed", .permissionsReversed, "PM-03"),
      ("list-without-last", .listWithoutLast, "RW-18"),
    ]
  }

  init(_ fault: Fault) { self.fault = fault }

  /// Changes a request on its way out.
  mutating func changeRequest(_ frame: inout XenstoreDoor.Frame) {
    asked = frame.type
    switch fault {
    case .removalNotDone where asked == Kind.remove.rawValue:
      // Something without an effect, and with the same answer.
      frame.type = Kind.make.rawValue
      frame.payload = bytes("data\0")
    case .contentOfExistingLost where asked == Kind.make.rawValue: frame.type = Kind.write.rawValue
    case .abortIsCommit where asked == Kind.end.rawValue: frame.payload = bytes("T\0")
    default: break
    }
  }

  /// Changes a message on its way in; false if it is lost.
  mutating func lets(_ frame: inout XenstoreDoor.Frame) -> Bool {
    // An answer to a request that was changed.
    if frame.type != 15, frame.type != 16 { frame.type = asked }
    let error = frame.type == 16 ? Array(frame.payload.dropLast()) : nil
    switch fault {
    case .errorWithoutNUL where error != nil: frame.payload.removeLast()
    case .numberInErrorsPlace where error != nil: frame.payload = bytes("2\0")
    case .otherRequestNumber where frame.type != 15: frame.request &+= 1
    case .otherTransactionNumber where frame.type != 15: frame.transaction = 99
    case .shortOK where frame.payload == bytes("OK\0"): frame.payload.removeLast()
    case .otherErrorName where error == bytes("ENOENT"): frame.payload = bytes("EINVAL\0")
    case .valueWithNUL where frame.type == 2: frame.payload.append(0)
    case .shortValue where frame.type == 2: frame.payload = Array(frame.payload.prefix(1024))
    case .conflictUnseen where error == bytes("EAGAIN"),
      .secondWatchTaken where error == bytes("EEXIST"):
      frame.type = asked
      frame.payload = bytes("OK\0")
    case .noEvents where frame.type == 15: return false
    case .eventWithNumber where frame.type == 15: frame.request = 1
    case .absoluteEvent where frame.type == 15:
      frame.payload = bytes("/local/domain/1/") + frame.payload
    case .permissionsReversed where frame.type == 3: frame.payload = reversed(frame.payload)
    case .listWithoutLast where frame.type == 1:
      frame.payload = Array(frame.payload.dropLast().reversed().drop { $0 != 0 }.reversed())
    default: break
    }
    return true
  }

  private func reversed(_ list: [UInt8]) -> [UInt8] {
    Array(list.dropLast().split(separator: 0).reversed().joined(separator: [0])) + [0]
  }
}
