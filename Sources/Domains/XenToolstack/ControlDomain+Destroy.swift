// SPDX-License-Identifier: Apache-2.0

import CXenLight
public import DomainModel
import Glibc
public import HostSystem

extension ControlDomain {
  /// Milliseconds that Xen may take to forget a destroyed domain.
  static let destroyPatience = 15_000

  /// Destroys a domain, whoever made it: where libxenlight has given it devices, libxenlight does.
  public func destroy(_ domain: Domain) throws(ToolstackError) {
    log.clear()
    let traces = try traces(of: domain)
    if traces.hasDevices { return try destroyWithDevices(domain) }
    try destroyDirectly(domain, traces)
  }

  /// Lets libxenlight destroy a domain.
  private func destroyWithDevices(_ domain: Domain) throws(ToolstackError) {
    if !Libxl.canBeLoaded, let destroyElsewhere { return try destroyElsewhere(domain) }
    try LibxlBuilder(host: self).destroy(domain)
  }

  /// Stops a domain for good: the first step of destroying it, before anything is removed that it would
  /// miss if Xen refused the rest.
  func stop(_ domain: Domain) throws(ToolstackError) {
    guard xc_domain_pause(control, domain.id.rawValue) == 0 || errno == ESRCH else {
      throw ToolstackError(
        call: "stopping domain \(domain.id), which is to be destroyed",
        advice: "nothing of it has been removed", log: log.text)
    }
  }

  func kill(_ domain: Domain) throws(ToolstackError) {
    guard xc_domain_destroy(control, domain.id.rawValue) == 0 || errno == ESRCH else {
      throw ToolstackError(
        call: "destroying domain \(domain.id)", advice: "try 'xl destroy \(domain.id)' there")
    }
  }

  /// Whether some domain has this number.
  func isInUse(_ id: DomainID) -> Bool {
    var info = xc_domaininfo_t()
    let count = xc_domain_getinfolist(control, id.rawValue, 1, &info)
    return count < 0 || count == 1 && UInt32(info.domain) == id.rawValue
  }

  /// Destroys a domain without libxenlight, and without a child process.
  ///
  /// Everything goes that either builder leaves behind; devices do not, since no domain of theirs
  /// has any. The domain is stopped first; then go the nodes, then the domain: whoever is interrupted in between finds the rest
  /// by the domain's identity.
  func destroyDirectly(_ domain: Domain, _ traces: XenstoreFootprint? = nil) throws(ToolstackError)
  {
    // Nor are the nodes of a number that has gone to another domain ours to remove. One that is there
    // now was there when its traces were looked for.
    if try state(of: domain) == .gone { return try removeIndexEntry(of: domain.id) }
    try stop(domain)
    let hasStore = try removeNodes(of: domain, traces)
    try kill(domain)
    try waitUntilForgotten(domain)
    // xenconsoled may have noted the terminal of a domain that it has only just heard of. It holds
    // the domain's memory meanwhile, so that nothing comes after this.
    if hasStore { try store.remove(DomainNodes.home(domain.id.description)) }
  }

  /// Waits until nobody holds memory of a destroyed domain.
  func waitUntilForgotten(_ domain: Domain) throws(ToolstackError) {
    // The console daemon lets go of the domain's memory when xenstored tells it to.
    let deadline = MonotonicTime.now.adding(milliseconds: Self.destroyPatience)
    // Polling competes for CPU with the daemons being waited for, so back off exponentially.
    var pause: UInt32 = 500
    while try state(of: domain) != .gone {
      guard MonotonicTime.now < deadline else {
        throw ToolstackError(
          .other,
          "domain \(domain.id) is destroyed, but after \(Self.destroyPatience) ms some process "
            + "still maps its memory: is xenconsoled running?", log: log.text)
      }
      usleep(pause)
      pause = min(2 * pause, 50_000)
    }
  }
}
