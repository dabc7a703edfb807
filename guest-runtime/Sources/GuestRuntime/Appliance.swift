// SPDX-License-Identifier: Apache-2.0

import GuestBoot

/// A program that is a whole PVH guest.
///
/// Mark the conforming type `@main`. When `run` returns, the domain powers off with exit status 0;
/// when it throws, the error is printed and the status is the error's.
public protocol Appliance {
  /// Makes the appliance, before the guest has a console.
  init()

  /// Does all the guest's work.
  ///
  /// - Parameter guest: what Xen gave this domain: console, command line, modules.
  /// - Throws: `GuestError`, which ends the domain with a message and an exit status.
  func run(_ guest: borrowing Guest) throws(GuestError)
}

extension Appliance {
  /// Where the boot code enters Swift.
  public static func main() {
    Lifecycle.end(status: runToEnd())
  }

  /// Runs the appliance; returns its exit status.
  private static func runToEnd() -> UInt8 {
    let guest = Guest.boot()
    boot_note_run_start()
    defer { boot_note_run_end() }
    do {
      try Self().run(guest)
      return 0
    } catch {
      return guest.report(error)
    }
  }
}

/// Why an appliance gives up.
public struct GuestError: Error, Sendable {
  /// What to print, without a full stop or newline.
  public var message: GuestText
  /// What the loader's command exits with: 1 unless said otherwise; `pvh run` makes 123 of what is
  /// above that.
  public var exitStatus: UInt8
  /// With which error xenstored refused a request; nil if it did not.
  public internal(set) var refusal: XenstoreRefusal?

  /// An error with a message for the person at the console.
  public init(_ message: GuestText, exitStatus: UInt8 = 1) {
    self.message = message
    self.exitStatus = exitStatus
  }
}
