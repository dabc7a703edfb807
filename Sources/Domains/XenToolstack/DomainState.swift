// SPDX-License-Identifier: Apache-2.0
import CXenLight

/// Why a guest shut down; other numbers than these may come (C name: `SHUTDOWN_*`).
public struct ShutdownReason: RawRepresentable, Equatable, Sendable {
  /// Xen's number for it.
  public var rawValue: Int32

  /// Takes a number that Xen gave.
  public init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  /// The guest is done.
  public static var powerOff: ShutdownReason { ShutdownReason(rawValue: SHUTDOWN_poweroff) }
  /// The guest wants to be started again.
  public static var reboot: ShutdownReason { ShutdownReason(rawValue: SHUTDOWN_reboot) }
  /// The guest gave up, or Xen gave up on it.
  public static var crash: ShutdownReason { ShutdownReason(rawValue: SHUTDOWN_crash) }
}

/// What Xen says of a domain.
public enum DomainState: Equatable, Sendable {
  /// It runs, waits or is paused.
  case alive
  /// Its guest has shut down; its memory is still there.
  case shutDown(ShutdownReason)
  /// It is being destroyed, or waits for somebody to let go of its memory.
  case dying
  /// There is no such domain.
  case gone
}

extension ControlDomain {
  /// Asks Xen about one domain.
  ///
  /// - Throws: when Xen does not answer; no domain is ever taken for gone by mistake.
  public func state(of domain: Domain) throws(ToolstackError) -> DomainState {
    var info = xc_domaininfo_t()
    let count = xc_domain_getinfolist(control, domain.id.rawValue, 1, &info)
    guard count >= 0 else {
      throw ToolstackError(call: "asking Xen about domain \(domain.id)")
    }
    // Xen answers with the next domain if this one is gone; and it reuses numbers.
    guard count == 1, UInt32(info.domain) == domain.id.rawValue, DomainUUID(info) == domain.uuid
    else { return .gone }
    if info.flags & (1 << UInt32(_XEN_DOMINF_dying)) != 0 { return .dying }
    guard info.flags & (1 << UInt32(_XEN_DOMINF_shutdown)) != 0 else { return .alive }
    let reason = info.flags >> UInt32(XEN_DOMINF_shutdownshift) & UInt32(XEN_DOMINF_shutdownmask)
    return .shutDown(ShutdownReason(rawValue: Int32(reason)))
  }

  /// Whether a domain is paused and has had no processor time since it was built.
  public func hasNeverRun(_ domain: Domain) throws(ToolstackError) -> Bool {
    let found = try domains().first { $0.domain == domain }
    return found?.state == .paused && found?.cpuNanoseconds == 0
  }

  /// Finds the domain with this identity, whatever number it has.
  ///
  /// The control domain, whose identity is all zeros, is never found: callers destroy what they
  /// find, and libxenlight takes the control domain's nodes out of xenstore before Xen refuses.
  public func domain(with uuid: DomainUUID) throws(ToolstackError) -> Domain? {
    var next: UInt32 = 1
    while true {
      var info = xc_domaininfo_t()
      let count = xc_domain_getinfolist(control, next, 1, &info)
      guard count >= 0 else { throw ToolstackError(call: "listing Xen's domains") }
      guard count == 1 else { return nil }
      let id = DomainID(rawValue: UInt32(info.domain))
      if DomainUUID(info) == uuid { return Domain(id: id, uuid: uuid) }
      next = id.rawValue + 1
    }
  }
}
