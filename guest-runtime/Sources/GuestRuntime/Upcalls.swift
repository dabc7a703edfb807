// SPDX-License-Identifier: Apache-2.0

import CGuestSupport
import GuestBoot
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

  /// Has the single-shot timer go off at a moment, or earlier: one that is armed already is left, for deadlines
  /// that move on with each request would cost a hypercall each.
  private static func arm(_ deadline: SystemTime) throws(GuestError) {
    if let armed = unsafe armed, armed <= deadline { return }
    if unsafe timer == nil { unsafe timer = try bindTimer() }
    // Xen takes a moment that is too far away for an overflow, and lets the timer go off soon.
    // Source: `do_set_timer_op` in `xen/common/sched/core.c`.
    let moment = min(deadline, SystemTime.now.advanced(byMilliseconds: 86_400_000))
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

/// How Xen tells the guest of events.
public enum EventDelivery: Sendable {
  /// By the domain's callback where there is one, otherwise through the local APIC, which costs an exit to Xen more for
  /// each upcall: the end of the interrupt.
  case automatic
  /// As an edge through the first virtual CPU's local APIC.
  /// Source: `HVMOP_set_evtchn_upcall_vector` in `xen/include/public/hvm/hvm_op.h`.
  case localAPIC
  /// As a level, for as long as an upcall is wanted, without any interrupt controller.
  /// Source: `HVM_PARAM_CALLBACK_IRQ` in `xen/include/public/hvm/params.h`.
  case callback
}

extension EventDelivery {
  /// The vector that both ways use.
  private static var vector: UInt8 { 32 }

  /// Sets the way up; false if it is not there. Everything must be masked.
  func establish() -> Bool {
    switch self {
    case .automatic: EventDelivery.callback.establish() || EventDelivery.localAPIC.establish()
    case .localAPIC: LocalAPIC.enable() && setVector()
    case .callback: setCallback()
    }
  }

  private func setVector() -> Bool {
    var argument = UpcallVectorArgument(vector: Self.vector)
    boot_install_upcall(true)
    guard let _ = try? XenHypercalls.issue(.hvm, HypercallOperation.setUpcallVector, &argument)
    else { return false }
    // The toolstack takes a domain without a callback for one that does not know Xen. Interrupt
    // line 1 does not exist here: a vector would be raised in addition to the local APIC's.
    XenHypercalls.set(.callback, to: 1)
    return true
  }

  private func setCallback() -> Bool {
    boot_install_upcall(false)
    let wanted = 2 << 56 | UInt64(Self.vector)
    XenHypercalls.set(.callback, to: wanted)
    return XenHypercalls.parameter(.callback) == wanted
  }
}

/// The interrupt controller that Xen gives each virtual CPU, in x2APIC mode: registers instead of a
/// page that would have to be mapped uncached. Source: AMD64 manual, volume 2, 16.
enum LocalAPIC {
  private static var spuriousVector: UInt64 { 47 }

  /// Switches it on; false if there is none, or only one without x2APIC mode.
  static func enable() -> Bool {
    let features = guest_cpuid(1, 0)
    guard features.edx & (1 << 9) != 0, features.ecx & (1 << 21) != 0 else { return false }
    // APIC_BASE: enabled, x2APIC mode; then the spurious interrupt register: enabled as well, for a
    // disabled one drops events silently.
    guest_write_msr(0x1b, guest_read_msr(0x1b) | 3 << 10)
    guest_write_msr(0x80f, 1 << 8 | spuriousVector)
    return true
  }
}
