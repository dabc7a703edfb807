// SPDX-License-Identifier: Apache-2.0

import Boot
import XenABI
import XenEvents
package import XenFrontends

/// The guest's sleep, and what ends it.
package enum Upcalls {
  nonisolated(unsafe) private static var delivery: EventDelivery?
  nonisolated(unsafe) private static var timer: EventChannelPort?
  nonisolated(unsafe) private static var armed: SystemTime?

  /// Masks everything, then lets Xen interrupt the guest's sleep. Does nothing the second time.
  ///
  /// - Throws: `GuestError` if Xen does not do it so, or another way is in use.
  static func begin(_ wanted: EventDelivery) throws(GuestError) {
    if let delivery = unsafe delivery {
      guard wanted == .automatic || wanted == delivery else {
        throw GuestError("events are delivered in another way already")
      }
      return
    }
    guard let shared = SharedInfo.mapped else {
      throw GuestError("Xen does not map the shared info page, so there are no events")
    }
    shared.events.maskAll()
    guard wanted.establish() else {
      throw GuestError("Xen does not deliver events in the way that was asked for")
    }
    unsafe delivery = wanted
  }

  /// Runs the handlers of what is pending, each once; false if there were none.
  package static func dispatch() -> Bool {
    guard unsafe delivery != nil, let events = SharedInfo.mapped?.events else { return false }
    var ports = PortSet()
    events.takePending(into: &ports)
    var hasRun = false
    while let port = ports.popFirst() {
      if unsafe port == timer { unsafe armed = nil }
      // An earlier handler may have taken this one away.
      guard let handler = unsafe Machine.handlers[port] else { continue }
      handler()
      hasRun = true
    }
    return hasRun
  }

  /// Sleeps until something is pending, or until a moment; may return early.
  ///
  /// - Throws: `GuestError` if nothing could end the sleep.
  package static func sleep(until deadline: SystemTime?) throws(GuestError) {
    try begin(.automatic)
    if let deadline { try arm(deadline) }
    boot_wait_for_interrupt()
  }

  /// Has the single-shot timer go off at a moment.
  private static func arm(_ deadline: SystemTime) throws(GuestError) {
    if unsafe timer == nil { unsafe timer = try bindTimer() }
    // Xen takes a moment that is too far away for an overflow, and lets the timer go off soon.
    // Source: `do_set_timer_op` in `xen/common/sched/core.c`.
    let moment = min(deadline, SystemTime.now.advanced(byMilliseconds: 86_400_000))
    guard unsafe armed != moment else { return }
    XenHypercalls.setTimer(moment)
    unsafe armed = moment
  }

  private static func bindTimer() throws(GuestError) -> EventChannelPort {
    var binding = EventChannelVIRQArgument(.timer)
    do throws(HypercallError) {
      try XenHypercalls.issue(.eventChannel, HypercallOperation.bindVIRQ, &binding)
      var port = EventChannelPortArgument(port: EventChannelPort(rawValue: binding.port))
      try XenHypercalls.issue(.eventChannel, HypercallOperation.unmask, &port)
    } catch {
      throw GuestError(EventError.refused(error))
    }
    return EventChannelPort(rawValue: binding.port)
  }
}
