// SPDX-License-Identifier: Apache-2.0

import CGuestSupport
import GuestBoot
import XenABI
import XenEvents
package import XenFrontends

/// The domain that the appliance runs in, and what it was given.
public struct Guest: ~Copyable, Sendable {
  private let boot: BootInformation

  /// The primary console.
  public let console: GuestConsole

  /// The notes that the domain and its toolstack leave each other.
  public var xenstore: GuestXenstore { GuestXenstore() }

  /// The time, and sleep.
  public var clock: GuestClock { GuestClock() }

  /// Event channels, and the sleep that they end.
  public var events: GuestEvents { GuestEvents() }

  /// The domain's memory.
  public var memory: GuestMemory { GuestMemory() }

  /// What the toolstack asks of the guest.
  public var lifecycle: GuestLifecycle { GuestLifecycle() }

  /// The arguments of the guest, as `pvh run --cmdline` or a domain configuration gave them, without
  /// a NUL; empty if there are none, or more than 4095 bytes.
  public var commandLine: BootBytes { boot.commandLine }

  /// The files that the guest was given, in order.
  public var modules: BootModules { boot.modules }

  /// The number of this domain; 0x7FF0, Xen's name for "myself", where Xen does not say.
  public var domainID: UInt16 { Hypervisor.domainID }

  /// Ends the domain; what was printed is delivered first, which takes less than a minute
  /// whatever the daemons do.
  ///
  /// - Parameter status: what the loader's command exits with, through xenstore's
  ///   `data/exit-status`: 0 means success, and `pvh run` makes 123 of what is above that.
  public func exit(_ status: UInt8) -> Never {
    Lifecycle.end(status: status)
  }

  /// Takes the machine over from the boot code.
  package static func boot() -> Guest {
    #if !hasFeature(Embedded)
      boot_refuse_host()
    #endif
    guard Hypervisor.isXen else {
      Lifecycle.crash("this guest needs Xen: there is no Xen signature in CPUID")
    }
    let boot = BootInformation.read()
    unsafe Machine.console = XenPages.console()
    return Guest(boot: boot, console: GuestConsole())
  }
}

/// The guest's devices, one of each. `Guest.boot` sets them up before anything else runs.
enum Machine {
  nonisolated(unsafe) static var xenstore: XenstoreClient<XenHypercalls>?
  /// Waits for the client's requests under way. Set when the client is made: a guest that never makes one
  /// is not linked with it.
  nonisolated(unsafe) static var settleXenstore: (() -> Void)?
  nonisolated(unsafe) static var console: ConsoleFrontend<XenHypercalls>?
  nonisolated(unsafe) static var handlers = EventHandlers()
}

// MARK: - For GuestConcurrency only

extension Guest {
  /// Prints why the appliance gives up; returns its exit status.
  package borrowing func report(_ error: GuestError) -> UInt8 {
    console.print("error: \(error.message)\n")
    return error.exitStatus
  }
}

extension SystemTime {
  package static var now: SystemTime { XenHypercalls().now() }
}

extension GuestXenstore {
  /// Lends the client, which is made when it is first needed.
  ///
  /// - Throws: `GuestError` if there is no xenstore.
  package static func withClient<Result>(
    _ body: (inout XenstoreClient<XenHypercalls>) -> Result
  ) throws(GuestError) -> Result {
    var client = try take()
    let result = body(&client)
    putBack(consume client)
    return result
  }
}

extension GuestConsole {
  /// What was typed and not yet read; nil if the console has failed or there is none.
  package static func takeInput() -> [UInt8]? {
    guard unsafe Machine.console?.failure == nil else { return nil }
    return unsafe Machine.console?.takeInput(atMost: 1024)
  }

  /// Tells the daemon of output that it was not told of because it was reading.
  package static func attend() { unsafe Machine.console?.attend() }
}

extension Upcalls {
  /// Lets the console's and xenstore's daemons end the guest's sleep.
  package static func attendOwnChannels() throws(GuestError) {
    let events = GuestEvents()
    if let port = XenPages.port(.consolePort) {
      try events.handle(EventChannel(port)) {}
      unsafe Machine.console?.isAttended = true
    }
    if let port = XenPages.port(.storePort) { try events.handle(EventChannel(port)) {} }
  }
}
