// SPDX-License-Identifier: Apache-2.0
import CXenLight

/// A domain of the Xen that we run under, seen as a run sees it.
public final class LiveMachine: RunMachine {
  /// xenstored reports each domain that shut down or vanished under this name.
  private static let releases = "@releaseDomain"

  private let host: ControlDomain
  private let domain: Domain
  private let ring: ConsoleRing

  init(host: ControlDomain, domain: Domain) throws(ToolstackError) {
    self.host = host
    self.domain = domain
    ring = try ConsoleRing(of: domain, control: host.control, log: host.log)
    try host.store.watch(Self.releases)
  }

  deinit {
    host.store.unwatch(Self.releases)
  }

  /// Lets go of the domain's memory, without which Xen cannot forget the domain.
  func release() {
    ring.unmap()
  }

  /// xenstored's news.
  public var watchDescriptor: Int32? {
    let descriptor = host.store.descriptor
    return descriptor < 0 ? nil : descriptor
  }

  /// Takes xenstored's news.
  public func takeWatchEvents() -> Bool { host.store.takeEvents() }

  /// What Xen says of the domain.
  public func state() throws(ToolstackError) -> DomainState { try host.state(of: domain) }

  /// Stops the domain's vCPUs.
  public func pause() throws(ToolstackError) { try host.pause(domain) }

  /// The indices in the guest's console page.
  public var consoleIndices: ConsoleIndices { ring.indices }
}
