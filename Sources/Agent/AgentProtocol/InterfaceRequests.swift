// SPDX-License-Identifier: Apache-2.0

public import HostJSON
public import HostSystem

/// A network interface as it is in a domain.
public struct InterfaceSummary: Equatable, Sendable {
  /// The number of the domain.
  public var domainID: Int
  /// Its number among the domain's.
  public var number: Int
  /// What the control domain calls its end.
  public var name: String
  public var mac: String
  public var bridge: String
  /// Whether the guest uses it.
  public var isConnected: Bool
  /// The address that the guest says it has.
  public var address: InternetAddress?
  /// What has gone through it, from the guest's side; nil if the control domain has no end of it.
  public var traffic: Traffic?

  public struct Traffic: Equatable, Sendable {
    public var receivedBytes = 0
    public var receivedPackets = 0
    public var sentBytes = 0
    public var sentPackets = 0
    /// Packets in either direction that the control domain did not pass on.
    public var dropped = 0

    public init() {}
  }

  public init(
    domainID: Int, number: Int, name: String, mac: String, bridge: String, isConnected: Bool,
    address: InternetAddress? = nil, traffic: Traffic? = nil
  ) {
    self.domainID = domainID
    self.number = number
    self.name = name
    self.mac = mac
    self.bridge = bridge
    self.isConnected = isConnected
    self.address = address
    self.traffic = traffic
  }

  /// The interface as `pvh show --json` prints it, which is how it travels.
  public var json: JSONValue { object }
}

extension InterfaceSummary: WireValue {
  static var blank: InterfaceSummary {
    InterfaceSummary(domainID: 0, number: 0, name: "", mac: "", bridge: "", isConnected: false)
  }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("domainID", &domainID, .count)
    try fields.pass("number", &number, .count)
    try fields.pass("name", &name, .text)
    try fields.pass("mac", &mac, .text)
    try fields.pass("bridge", &bridge, .text)
    try fields.pass("connected", &isConnected, .flag)
    try fields.pass("address", &address, .internetAddress)
    try fields.pass("traffic", &traffic)
  }
}

extension InterfaceSummary.Traffic: WireValue {
  static var blank: Self { Self() }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("receivedBytes", &receivedBytes, .count)
    try fields.pass("receivedPackets", &receivedPackets, .count)
    try fields.pass("sentBytes", &sentBytes, .count)
    try fields.pass("sentPackets", &sentPackets, .count)
    try fields.pass("dropped", &dropped, .count)
  }
}

extension AgentClient {
  /// The network interfaces of a domain, or of all domains.
  public func interfaces(of domain: String? = nil) throws(AgentError) -> [InterfaceSummary] {
    try send(.interfaces(domain: domain))
    return try answer("\"interfaces\"") {
      if case .interfaces(let interfaces) = $0 { interfaces } else { nil }
    }
  }
}
