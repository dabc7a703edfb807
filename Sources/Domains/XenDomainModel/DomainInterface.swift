// SPDX-License-Identifier: Apache-2.0

public import HostSystem

/// A network interface that a domain gets, in a bridge of the control domain.
public struct DomainInterface: Equatable, Sendable, Codable {
  /// Interfaces that a domain may have.
  public static var limit: Int { 8 }
  /// The bridge that control domains have by custom.
  public static var usualBridge: String { "xenbr0" }

  public var bridge: String
  public var mac: MACAddress
  /// The address that the guest is to use; nil lets it ask by DHCP.
  public var address: InterfaceAddress?

  public init(
    bridge: String = DomainInterface.usualBridge, mac: MACAddress, address: InterfaceAddress? = nil
  ) {
    self.bridge = bridge
    self.mac = mac
    self.address = address
  }
}

/// The hardware address of an interface: six bytes.
public struct MACAddress: Hashable, Sendable, CustomStringConvertible {
  public let octets: [UInt8]

  private init(octets: [UInt8]) { self.octets = octets }

  /// Reads six bytes in hexadecimal, with colons between them.
  public init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    let octets = parts.compactMap { part in
      part.count == 2 && part.allSatisfy(Self.isHexadecimal)
        ? UInt8(String(decoding: part, as: UTF8.self), radix: 16) : nil
    }
    guard parts.count == 6, octets.count == 6 else { return nil }
    self.octets = octets
  }

  /// One of those that are Xen's to give, by chance. Source: xl-network-configuration(5), "mac".
  public static func random() -> MACAddress {
    let number = UInt32.random(in: 0..<1 << 23)
    return MACAddress(
      octets: [0x00, 0x16, 0x3e] + [16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) })
  }

  /// Whether frames to it are for many: no interface has such an address.
  public var isMulticast: Bool { octets[0] & 1 != 0 }

  public var description: String {
    octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"):
      true
    default: false
    }
  }
}

/// An IPv4 address and the length of its network's prefix, such as 10.0.0.2/24.
public struct InterfaceAddress: Hashable, Sendable, CustomStringConvertible {
  public let address: InternetAddress
  public let prefixLength: Int

  /// Reads four decimal numbers, a slash, and the prefix's length; nil if it is not of that form.
  public init?(_ text: String) {
    let halves = text.split(separator: "/", omittingEmptySubsequences: false)
    guard halves.count == 2, let address = InternetAddress(halves[0]),
      let length = Self.length(halves[1])
    else { return nil }
    self.address = address
    prefixLength = length
  }

  /// One or two decimal digits, from 1 to 32, without a zero in front.
  private static func length(_ text: Substring) -> Int? {
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      text.utf8.first != UInt8(ascii: "0"), let length = Int(text), (1...32).contains(length)
    else { return nil }
    return length
  }

  /// Why no interface can have it.
  var obstacle: String? {
    let bits = address.rawValue
    if bits >> 24 == 0 { return "is of no network" }
    if address.isLoopback { return "is of the loopback network" }
    if address.isOfNoMachine { return "is no address of one interface" }
    guard prefixLength < 31 else { return nil }
    let hosts = UInt32.max >> UInt32(prefixLength)
    if bits & hosts == 0 { return "is the address of the network itself" }
    if bits & hosts == hosts { return "is the broadcast address of its network" }
    return nil
  }

  public var description: String { "\(address)/\(prefixLength)" }
}

/// In one word.
extension MACAddress: Codable {
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let address = MACAddress(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: DomainRules.fault(mac: text)))
    }
    self = address
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// In one word.
extension InterfaceAddress: Codable {
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let address = InterfaceAddress(text) else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: DomainRules.fault(interfaceAddress: text)))
    }
    self = address
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
