// SPDX-License-Identifier: Apache-2.0

import CGuestSupport
import XenABI
import XenFrontends

/// The ways in which a domain ends.
package enum Lifecycle {
  /// Powers off after the last output has been read and the exit status is known outside.
  static func powerOff(status: UInt8) -> Never {
    // Requests of tasks that are left behind may be under way, in part.
    unsafe Machine.settleXenstore?()
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

  /// Asks to be started again, after the last output has been read.
  static func reboot() -> Never {
    unsafe Machine.console?.drain()
    XenHypercalls.shutDown(.reboot)
    guest_stop()
  }

  /// Ends the domain as crashed, with a reason on every channel that works.
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
