// SPDX-License-Identifier: Apache-2.0

public import GuestRuntime

extension Fixture {
  /// Sleeps until the toolstack asks for an end, and ends as it was asked to.
  public func endOnRequest(_ guest: borrowing Guest) throws(GuestError) -> Never {
    while true {
      _ = try guest.xenstore.nextChange(withinMilliseconds: 3_600_000)
      try obeyRequest(guest)
    }
  }

  /// Ends as the toolstack asks for, if it does.
  public func obeyRequest(_ guest: borrowing Guest) throws(GuestError) {
    guard let request = try guest.lifecycle.takeRequest() else { return }
    say("request", guest) { $0.add("asked", request.word) }
    if request == .powerOff { Verdict.success.end(guest) }
    guest.lifecycle.obey(request)
  }

  /// Waits for the next request of the toolstack and prints it; it stays as it is, unacknowledged.
  public func sayNextRequest(_ guest: borrowing Guest) throws(GuestError) {
    while true {
      guard try guest.xenstore.nextChange(withinMilliseconds: 3_600_000) != nil,
        let asked = try guest.xenstore.value(of: "control/shutdown"), !asked.isEmpty
      else { continue }
      return say("request", guest) { $0.add("asked", asked) }
    }
  }

  /// Sleeps for some milliseconds, or until the toolstack asks for an end.
  public func pause(_ guest: borrowing Guest, milliseconds: UInt64) throws(GuestError) {
    let end = guest.clock.nanoseconds &+ milliseconds &* 1_000_000
    repeat {
      let now = guest.clock.nanoseconds
      let rest = now < end ? (end - now + 999_999) / 1_000_000 : 0
      _ = try guest.xenstore.nextChange(withinMilliseconds: rest)
      try obeyRequest(guest)
    } while guest.clock.nanoseconds < end
  }
}

extension GuestLifecycle.Request {
  /// As a toolstack writes it.
  public var word: StaticString {
    switch self {
    case .powerOff: "poweroff"
    case .reboot: "reboot"
    case .crash: "crash"
    }
  }
}
