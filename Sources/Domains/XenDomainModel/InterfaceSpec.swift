// SPDX-License-Identifier: Apache-2.0

/// A network interface that is wanted, on the side of pvh.
public struct InterfaceSpec: Equatable, Sendable {
  /// The bridge of the control domain; nil for the usual one.
  public var bridge: String?
  /// Nil for one by chance.
  public var mac: MACAddress?
  public var address: InterfaceAddress?

  public init(bridge: String? = nil, mac: MACAddress? = nil, address: InterfaceAddress? = nil) {
    self.bridge = bridge
    self.mac = mac
    self.address = address
  }

  /// What people write.
  private static let form = "[BRIDGE][,mac=MAC][,ip=ADDRESS/PREFIX]"

  /// Reads `[BRIDGE][,mac=MAC][,ip=ADDRESS/PREFIX]`.
  ///
  /// - Throws: what is wrong, and what to change.
  public init(_ text: String) throws(ToolstackError) {
    self.init()
    let words = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    for (index, word) in words.enumerated() {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        .map(String.init)
      switch (parts[0], parts.count) {
      case ("", 1) where index == 0: break
      case (let name, 1) where index == 0: bridge = try Self.bridge(name)
      case ("bridge", 2) where bridge == nil: bridge = try Self.bridge(parts[1])
      case ("mac", 2) where mac == nil: mac = try Self.mac(parts[1])
      case ("ip", 2) where address == nil: address = try Self.address(parts[1])
      default:
        throw ToolstackError(
          .badConfiguration,
          "the interface \"\(text)\": \"\(word)\" cannot be there; write \(Self.form)")
      }
    }
  }

  /// Checks the name of a bridge.
  public static func bridge(_ name: String) throws(ToolstackError) -> String {
    if let fault = DomainRules.fault(bridge: name) {
      throw ToolstackError(.badConfiguration, fault)
    }
    return name
  }

  /// Reads a hardware address.
  public static func mac(_ text: String) throws(ToolstackError) -> MACAddress {
    guard let mac = MACAddress(text) else {
      throw ToolstackError(.badConfiguration, DomainRules.fault(mac: text))
    }
    return mac
  }

  /// Reads an address of the network.
  public static func address(_ text: String) throws(ToolstackError) -> InterfaceAddress {
    guard let address = InterfaceAddress(text) else {
      throw ToolstackError(.badConfiguration, DomainRules.fault(interfaceAddress: text))
    }
    return address
  }
}

extension [InterfaceSpec] {
  /// The interfaces of a domain: those without an address get one that no other of them has.
  public func settled() throws(ToolstackError) -> [DomainInterface] {
    var taken = Set(compactMap(\.mac))
    var interfaces: [DomainInterface] = []
    for spec in self {
      var mac = spec.mac ?? .random()
      while spec.mac == nil, !taken.insert(mac).inserted { mac = .random() }
      interfaces.append(
        DomainInterface(
          bridge: spec.bridge ?? DomainInterface.usualBridge, mac: mac, address: spec.address))
    }
    if let fault = DomainRules.fault(interfaces: interfaces) {
      throw ToolstackError(.badConfiguration, fault)
    }
    return interfaces
  }
}

extension DomainRules {
  /// Why a text is no hardware address.
  public static func fault(mac: String) -> String {
    "the hardware address \"\(mac)\" is not usable: write six bytes in hexadecimal, such as "
      + "00:16:3e:12:34:56"
  }

  /// Why a text is no address of an interface.
  public static func fault(interfaceAddress: String) -> String {
    "the address \"\(interfaceAddress)\" is not usable: write an IPv4 address and the length of its "
      + "network's prefix, such as 10.0.0.2/24"
  }

  /// What is wrong with the name of a bridge. Source: Linux, `dev_valid_name`.
  public static func fault(bridge: String) -> String? {
    let bytes = Array(bridge.utf8)
    let isUsable =
      (1...15).contains(bytes.count) && bridge != "." && bridge != ".."
      && bytes.allSatisfy { (0x21...0x7e).contains($0) && !"/:,='\"\\".utf8.contains($0) }
    return isUsable
      ? nil
      : "the bridge's name \"\(bridge)\" is not usable: Linux gives interfaces names of 1 to 15 letters, "
        + "digits and signs"
  }

  /// What is wrong with interfaces.
  public static func fault(interfaces: [DomainInterface]) -> String? {
    guard interfaces.count <= DomainInterface.limit else {
      return "\(interfaces.count) interfaces: a domain has at most \(DomainInterface.limit)"
    }
    for (index, interface) in interfaces.enumerated() {
      if let fault = fault(bridge: interface.bridge) { return fault }
      if interface.mac.isMulticast {
        return "\(interface.mac) stands for many interfaces: clear the lowest bit of its first byte"
      }
      if interface.mac.octets.allSatisfy({ $0 == 0 }) {
        return "\(interface.mac) is no address of an interface: leave it out, or use 00:16:3e:…"
      }
      let others = interfaces[..<index]
      if others.contains(where: { $0.mac == interface.mac }) {
        return
          "two interfaces are both to have the hardware address \(interface.mac): give one another"
      }
      guard let address = interface.address else { continue }
      if let obstacle = address.obstacle { return "\(address) \(obstacle): use another" }
      if others.contains(where: { $0.address?.address == address.address }) {
        return "two interfaces are both to have the address \(address.address): give one another"
      }
    }
    return nil
  }
}
