// SPDX-License-Identifier: Apache-2.0

import CGuestLibrary
import CGuestSupport
import XenABI
import XenFrontends

/// What the toolstack asks of the guest: `xl shutdown`, `xl reboot`.
///
/// Source: `docs/misc/xenstore-paths.pandoc`, `control/shutdown`. Suspending is not offered.
public struct GuestLifecycle: Sendable {
  /// What was asked for.
  public enum Request: Equatable, Sendable {
    /// End.
    case powerOff
    /// End, and be started again.
    case reboot
    /// End as crashed, so that the toolstack keeps the memory for a look.
    case crash

    /// The request that a toolstack wrote; nil for one that is not known.
    package init?(_ value: [UInt8]) {
      if value == GuestText("poweroff").bytes || value == GuestText("halt").bytes {
        self = .powerOff
      } else if value == GuestText("reboot").bytes {
        self = .reboot
      } else if value == GuestText("crash").bytes {
        self = .crash
      } else {
        return nil
      }
    }
  }

  package static var node: GuestText { "control/shutdown" }
  package static var features: [GuestText] {
    ["control/feature-poweroff", "control/feature-reboot"]
  }
  package var store: GuestXenstore { GuestXenstore() }

  /// Tells the toolstack that requests are obeyed; from now on `GuestXenstore.nextChange` returns
  /// for them, too.
  ///
  /// - Throws: `GuestError` if xenstored does not answer.
  public func acceptRequests() throws(GuestError) {
    try store.watch(Self.node)
    for feature in Self.features {
      // Some toolstacks do not let a guest write these; they send requests all the same.
      try? store.set(feature, to: "1")
    }
  }

  /// The request that is there, acknowledged with this call; nil if there is none.
  ///
  /// Unknown requests are acknowledged, too, and otherwise ignored.
  ///
  /// - Throws: `GuestError` if xenstored does not answer.
  public func takeRequest() throws(GuestError) -> Request? {
    guard let value = try store.value(of: Self.node), !value.isEmpty else { return nil }
    // Acknowledge first: the toolstack waits for the empty value.
    try store.set(Self.node, to: "")
    return Request(value)
  }

  /// Ends the domain as it was asked to; what was printed is delivered first.
  public func obey(_ request: Request) -> Never {
    switch request {
    case .powerOff: Lifecycle.end(status: 0)
    case .reboot: Lifecycle.reboot()
    case .crash: Lifecycle.crash("the toolstack asked for it")
    }
  }
}

/// The ways in which a domain ends.
package enum Lifecycle {
  /// Powers off after what C code has left for the end.
  static func end(status: UInt8) -> Never {
    guest_finish_library()
    powerOff(status: status)
  }

  /// Powers off after the last output has been read and the exit status is known outside.
  static func powerOff(status: UInt8) -> Never {
    // Requests of tasks that still run may be under way, in part.
    unsafe Machine.settleXenstore?()
    StandardOutput.flush()
    // xenstored and xenconsoled work at the same time.
    var report = XenPages.xenstoreWrite()
    do throws(XenstoreError) {
      try begin(&report, status)
      unsafe Machine.console?.drain()
      try report?.finish()
    } catch {
      GuestConsole().print("warning: the exit status could not be written to xenstore\n")
      unsafe Machine.console?.drain()
    }
    XenHypercalls.shutDown(.powerOff)
    guest_stop()
  }

  /// Waits until the console's output was taken, as long as the daemon takes any.
  package static func drainConsole() {
    StandardOutput.flush()
    unsafe Machine.console?.drain()
  }

  /// Asks to be started again, after the last output has been read.
  static func reboot() -> Never {
    unsafe Machine.console?.drain()
    XenHypercalls.shutDown(.reboot)
    guest_stop()
  }

  /// Ends the domain as crashed, with a reason on every channel that works.
  @inline(never)
  package static func crash(_ reason: StaticString) -> Never {
    var report = CrashReport(reason)
    report.append("\n")
    report.deliver()
  }

  /// Asks for the node that the loader reads after shutdown.
  private static func begin(
    _ report: inout SingleXenstoreWrite<XenHypercalls>?, _ status: UInt8
  ) throws(XenstoreError) {
    var digits: [3 of UInt8] = [48 + status / 100, 48 + status / 10 % 10, 48 + status % 10]
    let leadingZeros = status >= 100 ? 0 : status >= 10 ? 1 : 2
    try unsafe withUnsafeBytes(of: &digits) { digits throws(XenstoreError) in
      let value = unsafe UnsafeRawBufferPointer(rebasing: digits[leadingZeros...])
      try unsafe report?.begin(value, to: "data/exit-status")
    }
  }
}
