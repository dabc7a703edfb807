// SPDX-License-Identifier: Apache-2.0

import CXenLight
public import DomainModel
public import SystemPackage

/// A domain of the Xen that we run under, seen as a run sees it.
public final class LiveMachine: RunMachine {
  private let host: ControlDomain
  private let domain: Domain
  private let ring: ConsoleRing
  private let news: DomainReleaseWatch
  /// The news that were there when this machine looked last.
  private var newsCount: Int

  init(host: ControlDomain, domain: Domain) throws(ToolstackError) {
    self.host = host
    self.domain = domain
    ring = try ConsoleRing(of: domain, control: host.control, log: host.log)
    news = try host.releaseNews()
    newsCount = news.takeCount()
  }

  /// Lets go of the domain's memory, without which Xen cannot forget the domain.
  func release() {
    ring.unmap()
  }

  /// xenstored's news.
  public var watchDescriptor: FileDescriptor? { news.descriptor }

  /// Takes xenstored's news.
  public func takeWatchEvents() -> Bool {
    let count = news.takeCount()
    defer { newsCount = count }
    return count != newsCount
  }

  /// What Xen says of the domain.
  public func state() throws(ToolstackError) -> DomainState { try host.state(of: domain) }

  /// Stops the domain's vCPUs.
  public func pause() throws(ToolstackError) { try host.pause(domain) }

  /// The indices in the guest's console page.
  public var consoleIndices: ConsoleIndices { ring.indices }
}
