// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import HostSystem
import XenToolstack

/// Network interfaces of domains that exist.
extension Agent {
  /// Says which interfaces a domain has, or all of them.
  func listInterfaces(of reference: String?) {
    do throws(ToolstackError) {
      let host = try controlDomain()
      let domains =
        if let reference {
          [try DomainReference(reference, host: host).domain()]
        } else {
          try host.domains().map(\.domain)
        }
      var found: [InterfaceSummary] = []
      for domain in domains where domain.id.rawValue != 0 {
        found += try host.interfaces(of: domain).map { InterfaceSummary($0, of: domain) }
      }
      send(.interfaces(found))
    } catch {
      fail(.show, error)
    }
  }
}

extension InterfaceSummary {
  fileprivate init(_ interface: AttachedInterface, of domain: Domain) {
    self.init(
      domainID: Int(domain.id.rawValue), number: interface.number, name: interface.name,
      mac: interface.mac, bridge: interface.bridge, isConnected: interface.isConnected,
      address: interface.address)
    guard let counters = interface.counters else { return }
    // What the control domain's end has sent the guest has received.
    var traffic = Traffic()
    traffic.receivedBytes = counters.sentBytes
    traffic.receivedPackets = counters.sentPackets
    traffic.sentBytes = counters.receivedBytes
    traffic.sentPackets = counters.receivedPackets
    traffic.dropped = counters.dropped
    self.traffic = traffic
  }
}
