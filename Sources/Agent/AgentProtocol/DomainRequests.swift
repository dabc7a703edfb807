// SPDX-License-Identifier: Apache-2.0

public struct DomainAction: Equatable, Sendable {
  public enum Verb: String, Equatable, Sendable, CaseIterable {
    /// Stops its vCPUs where they are.
    case pause
    /// Lets them go on.
    case unpause
    /// Asks the guest to power off, waits until it has, and destroys the domain.
    case shutdown
    /// Asks the guest to reboot, and waits until the supervisor has started it again.
    case reboot
    /// Waits until the guest ends, for good if it is supervised, and leaves the domain as it is then.
    case wait
    /// Destroys the domain, whatever its guest is doing.
    case destroy
  }

  public var verb: Verb
  /// The domain's name, or its number.
  public var domain: String
  /// Milliseconds to wait for the guest; nil means as long as it takes.
  public var timeLimitMilliseconds: Int?

  public init(_ verb: Verb, on domain: String, timeLimitMilliseconds: Int? = nil) {
    self.verb = verb
    self.domain = domain
    self.timeLimitMilliseconds = timeLimitMilliseconds
  }
}

extension DomainAction: WireValue {
  static var blank: DomainAction { DomainAction(.wait, on: "") }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("verb", &verb, .choice)
    try fields.pass("domain", &domain, .text)
    try fields.pass("timeLimitMilliseconds", &timeLimitMilliseconds, .count)
  }
}

/// What is wanted of a supervised domain's console log.
public struct LogRequest: Equatable, Sendable {
  public var domain: String
  /// Lines from the end; nil means all that is kept.
  public var lineCount: Int?
  /// Whether to go on with what the guest prints from now on, until it has ended.
  public var follows: Bool

  public init(domain: String, lineCount: Int? = nil, follows: Bool = false) {
    self.domain = domain
    self.lineCount = lineCount
    self.follows = follows
  }
}

extension LogRequest: WireValue {
  static var blank: LogRequest { LogRequest(domain: "") }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("domain", &domain, .text)
    try fields.pass("follows", &follows, .flag)
    try fields.pass("lineCount", &lineCount, .count)
  }
}
