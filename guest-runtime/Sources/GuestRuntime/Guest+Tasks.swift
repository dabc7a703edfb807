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
    if unsafe Machine.xenstore == nil { try GuestXenstore().open() }
    guard var client = unsafe Machine.xenstore else { throw GuestError("there is no xenstore") }
    // Taken out while it is changed, so that there are never two of it.
    unsafe Machine.xenstore = nil
    defer { unsafe Machine.xenstore = client }
    return body(&client)
  }
}

extension GuestError {
  /// A request that failed, in words.
  package init(_ error: XenstoreError, _ action: StaticString, _ path: GuestText) {
    self.init("xenstore: \(GuestText(action)) \(path): \(GuestText(error))")
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
