// SPDX-License-Identifier: Apache-2.0

import XenDomainModel

/// What xenstore has of one network interface.
///
/// Source: `xen/include/public/io/netif.h` in Xen's tree; `libxl__set_xenstore_nic` in
/// `tools/libs/light/libxl_nic.c`; Linux, `drivers/net/xen-netback/xenbus.c`.
struct InterfaceNodes {
  let device: DeviceNodes

  init(_ device: DeviceNodes) { self.device = device }

  init(domain: String, number: Int) {
    device = DeviceNodes(kind: .interface, domain: domain, device: "\(number)")
  }

  /// The control domain's end, by the name that its kernel gives it.
  var interfaceName: String { "vif\(device.domain).\(device.device)" }

  /// Where the control domain notes that its end is in a bridge: the kernel's backend waits for it
  /// before it says that it is connected, and removes it when it is not any more.
  var hotplugStatus: String { "\(device.backend)/hotplug-status" }

  /// Where a domain may say what it is like, such as its addresses.
  static func attributes(of domain: String) -> String { "\(DomainNodes.home(domain))/attr" }

  /// Where the guest says which address its interface has.
  var reportedAddress: String {
    "\(Self.attributes(of: device.domain))/vif/\(device.device)/ipv4/0"
  }

  /// The requests, in their order. Of their rights, see ``DiskNodes``; the guest may not choose the
  /// bridge, nor the size of packets.
  func requests(for interface: DomainInterface) -> [NodeRequest] {
    let (frontend, backend, note) = (device.frontend, device.backend, device.note)
    let mac = interface.mac.description
    let attributes = Self.attributes(of: device.domain)
    return [
      .write(attributes, ""),
      .letOwn(attributes),
      .write("\(frontend)/backend", backend),
      .write("\(frontend)/backend-id", "0"),
      .write("\(frontend)/handle", device.device),
      .write("\(frontend)/mac", mac),
      .write("\(frontend)/mtu", "1500"),
      .letOwn(frontend),
      .write("\(frontend)/state", DeviceNodes.initialising),
      .write("\(note)/frontend", frontend),
      .write("\(note)/backend", backend),
      .write("\(note)/handle", device.device),
      .write("\(note)/mac", mac),
      .write("\(note)/bridge", interface.bridge),
      .write("\(note)/script", DeviceNodes.script),
      .write("\(note)/type", "vif"),
      .write("\(backend)/frontend", frontend),
      .write("\(backend)/script", DeviceNodes.script),
      .write("\(backend)/bridge", interface.bridge),
      .letRead(backend),
      .write("\(backend)/frontend-id", device.domain),
      .write("\(backend)/handle", device.device),
      .write("\(backend)/mac", mac),
      .write("\(backend)/type", "vif"),
      .write("\(backend)/hotplug-status", ""),
      .write("\(backend)/online", "1"),
    ] + (interface.address.map { [.write("\(backend)/ip", $0.description)] } ?? []) + [
      .write("\(backend)/state", DeviceNodes.initialising)
    ]
  }
}
