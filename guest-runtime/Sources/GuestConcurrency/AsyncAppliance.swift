// SPDX-License-Identifier: Apache-2.0

// One import for an appliance with tasks: what every guest has, and Task, AsyncStream and so on,
// which an Embedded program does not import by itself.
@_exported public import GuestRuntime
@_exported public import _Concurrency

/// A program that is a whole PVH guest, with tasks.
///
/// Mark the conforming type `@main`. All tasks share the guest's one CPU: a task runs until it
/// awaits. When all of them wait, the guest sleeps in Xen, and nothing wakes it but an event or the
/// end of a sleep. When `run` returns or throws, the domain ends like that of an `Appliance`,
/// whatever other tasks are doing.
public protocol AsyncAppliance: SendableMetatype {
  /// Makes the appliance, before the guest has a console.
  init()

  /// Does all the guest's work.
  ///
  /// - Parameter guest: what Xen gave this domain: console, command line, modules.
  /// - Throws: `GuestError`, which ends the domain with a message and an exit status.
  func run(_ guest: borrowing Guest) async throws(GuestError)
}

extension AsyncAppliance {
  /// Where the boot code enters Swift.
  public static func main() {
    let whole = RunningAppliance(Self(), in: Guest.boot())
    GuestExecutor.begin()
    Task { await whole.run() }
    whole.guest.exit(GuestExecutor.run { whole.status })
  }
}

/// An appliance, the guest that it runs in, and its exit status once it is known. There is one CPU,
/// and the status is looked at between jobs only.
private final class RunningAppliance<Program: AsyncAppliance>: @unchecked Sendable {
  let program: Program
  let guest: Guest
  private(set) var status: UInt8?

  init(_ program: Program, in guest: consuming Guest) {
    self.program = program
    self.guest = guest
  }

  func run() async {
    RunMarks.noteRunStart()
    defer { RunMarks.noteRunEnd() }
    do throws(GuestError) {
      try await program.run(guest)
      status = 0
    } catch {
      status = guest.report(error)
    }
  }
}
