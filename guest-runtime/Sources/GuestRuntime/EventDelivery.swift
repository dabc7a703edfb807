// SPDX-License-Identifier: Apache-2.0

import Boot
import CGuestSupport
import XenABI

/// How Xen tells the guest of events.
public enum EventDelivery: Sendable {
  /// Through the local APIC where there is one, otherwise by the domain's callback.
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
    case .automatic: EventDelivery.localAPIC.establish() || EventDelivery.callback.establish()
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
    // line 1 does not exist here: a vector would be raised besides the local APIC's.
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
