// SPDX-License-Identifier: Apache-2.0

public import HostSystem
public import XenDomainModel

/// Network interfaces of domains that exist, whoever made them.
extension ControlDomain {
  /// The interfaces that a domain has.
  public func interfaces(of domain: Domain) throws(ToolstackError) -> [AttachedInterface] {
    let devices = try DeviceNodes.all(.interface, of: "\(domain.id)", in: store)
    var interfaces: [AttachedInterface] = []
    for device in devices {
      let nodes = InterfaceNodes(device)
      let found = try store.ask([
        .read("\(device.note)/mac"), .read("\(device.note)/bridge"),
        .read("\(device.backend)/state"), .read(nodes.reportedAddress),
        .read("\(device.backend)/mac"), .read("\(device.backend)/bridge"),
      ]).map { $0.map { String(decoding: $0, as: UTF8.self) } }
      interfaces.append(
        AttachedInterface(
          number: Int(device.device) ?? 0, name: nodes.interfaceName,
          mac: found[0] ?? found[4] ?? "", bridge: found[1] ?? found[5] ?? "",
          isConnected: found[2] == "4",
          address: found[3].flatMap { InternetAddress($0) },
          counters: NetworkInterface(name: nodes.interfaceName).counters))
    }
    return interfaces
  }

  /// What a guest wrote where it says which address its interface has; nil if it has written nothing.
  public func reportedAddress(of domain: Domain, interface: Int = 0) throws(ToolstackError)
    -> String?
  {
    let nodes = InterfaceNodes(domain: "\(domain.id)", number: interface)
    return try store.read(nodes.reportedAddress).map { String(decoding: $0, as: UTF8.self) }
  }
}

/// An interface as it is in a domain.
public struct AttachedInterface: Equatable, Sendable {
  /// Its number among the domain's.
  public var number: Int
  /// What the control domain calls its end.
  public var name: String
  public var mac: String
  public var bridge: String
  /// Whether the guest uses it.
  public var isConnected: Bool
  /// The address that the guest says it has; nil if it has not said one.
  public var address: InternetAddress?
  /// What has gone through it, from the control domain's side; nil if its end is not there.
  public var counters: InterfaceCounters?
}
