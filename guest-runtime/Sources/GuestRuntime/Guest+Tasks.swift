// SPDX-License-Identifier: Apache-2.0

import XenABI
package import XenFrontends

// What GuestConcurrency needs of the runtime, and nobody else.

extension Guest {

  /// Prints why the appliance gives up; returns its exit status.
  package borrowing func report(_ error: GuestError) -> UInt8 {
    console.print("error: \(error.message)\n")
    return error.exitStatus
  }
}

extension SystemTime {
  /// This moment.
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
    defer { putBack(client) }
    return body(&client)
  }
}

extension GuestConsole {
  /// What was typed and not yet read; nil if the console has failed or there is none.
  package static func takeInput() -> [UInt8]? {
    guard unsafe Machine.console?.failure == nil else { return nil }
    return unsafe Machine.console?.takeInput(atMost: 1024)
  }
}

extension GuestConsole {
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
