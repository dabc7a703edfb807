// SPDX-License-Identifier: Apache-2.0

public import XenDomainModel

/// A request that failed: why, and what Xen's libraries said meanwhile.
public struct Failure: Error, Equatable, Sendable {
  /// The requests that can fail on their own.
  public enum Subject: String, Equatable, Sendable, CaseIterable {
    case hello
    case run
    case create
    case supervise
    case parse
    case list
    case show
    case logs
    case act
    case console
    case vchan
    case publish
    case execute
    /// The conversation itself, which ends with this.
    case conversation
  }

  /// The classes of failures that a caller may want to treat differently.
  public enum Kind: Equatable, Sendable {
    /// The other side sent what this protocol does not have, or not at this moment.
    case badRequest
    /// The two sides speak different versions of the protocol.
    case versionMismatch
    /// The guest did not do in time what it was asked for.
    case timedOut
    /// The program to execute could not be started, or its output not be kept.
    case commandFailed
    /// The agent was told to end by a signal.
    case interrupted
    /// Xen or its libraries refused something, or what was asked of them cannot be.
    case toolstack(ToolstackError.Kind)
  }

  /// The request that failed.
  public var subject: Subject
  /// The class of the failure.
  public var kind: Kind
  /// The fact seen, where, and what to change.
  public var message: String
  /// Lines of libxenlight and libxenctrl that belong to it, oldest first.
  public var log: [String]

  public init(subject: Subject, kind: Kind, message: String, log: [String] = []) {
    self.subject = subject
    self.kind = kind
    self.message = message
    self.log = log
  }
}

extension Failure {
  /// A failure that the toolstack explained.
  public init(_ subject: Subject, _ error: ToolstackError) {
    self.init(
      subject: subject, kind: .toolstack(error.kind), message: error.message, log: error.log)
  }

  /// The same for those who know the toolstack only; what is no error of the toolstack is an "other" one.
  public var toolstackError: ToolstackError {
    let kind: ToolstackError.Kind = if case .toolstack(let kind) = kind { kind } else { .other }
    return ToolstackError(kind, message, log: log)
  }
}

/// In one word, on the wire; the toolstack's own words are among them.
extension Failure.Kind: RawRepresentable, CaseIterable {
  public static var allCases: [Self] {
    [.badRequest, .versionMismatch, .timedOut, .commandFailed, .interrupted]
      + ToolstackError.Kind.allCases.map { .toolstack($0) }
  }

  public var rawValue: String {
    switch self {
    case .badRequest: "badRequest"
    case .versionMismatch: "versionMismatch"
    case .timedOut: "timedOut"
    case .commandFailed: "commandFailed"
    case .interrupted: "interrupted"
    case .toolstack(let kind): kind.rawValue
    }
  }

  public init?(rawValue: String) {
    guard let kind = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = kind
  }
}

extension Failure: WireValue {
  static var blank: Failure { Failure(subject: .conversation, kind: .badRequest, message: "") }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("subject", &subject, .choice)
    try fields.pass("kind", &kind, .choice)
    try fields.pass("message", &message, .text)
    try fields.pass("log", &log, .texts)
  }
}

/// The version of the conversation between pvh and its agent; both sides have to have the same one.
public struct ProtocolVersion: RawRepresentable, Equatable, Comparable, Sendable {
  /// The number that goes over the wire.
  public var rawValue: Int

  /// Takes a number that came over the wire.
  public init(rawValue: Int) {
    self.rawValue = rawValue
  }

  /// The version that this build speaks.
  public static var current: ProtocolVersion { ProtocolVersion(rawValue: 8) }

  /// Orders versions by age.
  public static func < (left: ProtocolVersion, right: ProtocolVersion) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// pvh and its agent were built from sources that speak different versions.
public struct VersionMismatch: Error, Equatable, Sendable, CustomStringConvertible {
  public var client: ProtocolVersion
  public var agent: ProtocolVersion

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
