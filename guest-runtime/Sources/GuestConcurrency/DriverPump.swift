// SPDX-License-Identifier: Apache-2.0

import GuestRuntime
package import XenABI
package import XenFrontends
import _Concurrency

/// A device's driver as tasks wait for it: nothing in it waits.
package protocol PumpedDriver: AnyObject, SendableMetatype {
  /// Whether there is nothing left to go on with.
  var isClosed: Bool { get }
  /// The channels by which the backend wakes the guest.
  var ports: DriverPorts { get }
  /// Goes on as far as that goes without waiting. What others wait for may have come: it calls `Waiters.lookAgain` then.
  ///
  /// - Returns: When to go on although nothing has happened; nil for never.
  func advance() -> SystemTime?
}

/// The channels of a device; none if there is no connection.
package struct DriverPorts: Equatable {
  private var first: EventChannelPort?
  private var second: EventChannelPort?

  package init(_ first: EventChannelPort?, _ second: EventChannelPort? = nil) {
    (self.first, self.second) = (first, second == first ? nil : second)
  }

  /// Lets each of them end the guest's sleep.
  fileprivate func attend() {
    if let first { try? GuestEvents().handle(EventChannel(first)) {} }
    if let second { try? GuestEvents().handle(EventChannel(second)) {} }
  }
}

/// Goes on with a driver while tasks wait.
///
/// It looks whenever the guest is about to sleep, and after it has woken, so that all that tasks have asked for since
/// then goes to the backend at once.
package final class DriverPump<Driver: PumpedDriver>: @unchecked Sendable {
  // There is one CPU, and nothing runs in the middle of a call.
  private let driver: Driver
  private var ports = DriverPorts(nil)
  /// When the wait ends at the latest.
  private var deadline: SystemTime?

  private init(_ driver: Driver) { self.driver = driver }

  /// Goes on with a driver until it is closed.
  package static func start(for driver: Driver) {
    let pump = DriverPump(driver)
    Task {
      while !pump.driver.isClosed {
        let end = await Waiter.wait(until: pump.deadline) { pump.advance() }
        if end == .timedOut { pump.deadline = nil }
      }
    }
  }

  /// Goes on; whether the wait is over, because there is nothing left, or it is to end earlier than was known. One that
  /// may last longer is let end: deadlines that move on with each request would cost a turn each.
  private func advance() -> Bool {
    let again = driver.advance()
    if driver.ports != ports {
      ports = driver.ports
      ports.attend()
    }
    if driver.isClosed { return true }
    guard let again else { return false }
    if let deadline, deadline <= again { return false }
    deadline = again
    return true
  }
}
