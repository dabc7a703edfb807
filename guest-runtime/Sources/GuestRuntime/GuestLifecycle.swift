// SPDX-License-Identifier: Apache-2.0

/// What the toolstack asks of the guest: `xl shutdown`, `xl reboot`.
///
/// Source: `docs/misc/xenstore-paths.pandoc`, `control/shutdown`. Suspending is not offered.
public struct GuestLifecycle: Sendable {
  /// What was asked for.
  public enum Request: Equatable, Sendable {
    /// End, and be gone.
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
    // The empty value comes before the deed: the toolstack waits for it.
    try store.set(Self.node, to: "")
    return Request(value)
  }

  /// Ends the domain as it was asked to; what was printed is delivered first.
  public func obey(_ request: Request) -> Never {
    switch request {
    case .powerOff: Lifecycle.powerOff(status: 0)
    case .reboot: Lifecycle.reboot()
    case .crash: Lifecycle.crash("the toolstack asked for it")
    }
  }
}
