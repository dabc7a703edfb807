// SPDX-License-Identifier: Apache-2.0

/// The version of the conversation between pvh and its agent; both sides have to have the same one.
public struct ProtocolVersion: RawRepresentable, Equatable, Comparable, Sendable {
  /// The number that goes over the wire.
  public var rawValue: Int

  /// Takes a number that came over the wire.
  public init(rawValue: Int) {
    self.rawValue = rawValue
  }

  /// The version that this build speaks.
  public static var current: ProtocolVersion { ProtocolVersion(rawValue: 3) }

  /// Orders versions by age.
  public static func < (left: ProtocolVersion, right: ProtocolVersion) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// pvh and its agent were built from sources that speak different versions.
public struct VersionMismatch: Error, Equatable, Sendable, CustomStringConvertible {
  /// The version of pvh.
  public var client: ProtocolVersion
  /// The version of the agent.
  public var agent: ProtocolVersion

  /// Puts the two versions side by side.
  public init(client: ProtocolVersion, agent: ProtocolVersion) {
    self.client = client
    self.agent = agent
  }

  /// A sentence for people; it says which side to rebuild.
  public var description: String {
    let older = agent < client ? "pvh-agent" : "pvh"
    return "pvh speaks version \(client.rawValue) of the agent protocol and pvh-agent version "
      + "\(agent.rawValue): rebuild \(older), it is the older one"
  }
}

/// The version of PVHKit, as the changelog counts.
public enum ProductVersion {
  /// The one that this is built from.
  public static var current: String { "0.1.0-dev" }
}
