// SPDX-License-Identifier: Apache-2.0

import JSON

/// Something to do with a domain that exists, whoever made it.
public struct DomainAction: Equatable, Sendable {
  /// What can be done.
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
    /// Takes the domain away, whatever its guest is doing.
    case destroy
  }

  /// What to do.
  public var verb: Verb
  /// The domain's name, or its number.
  public var domain: String
  /// Milliseconds to wait for the guest; nil means as long as it takes.
  public var timeLimitMilliseconds: Int?

  /// Describes an action.
  public init(_ verb: Verb, on domain: String, timeLimitMilliseconds: Int? = nil) {
    self.verb = verb
    self.domain = domain
    self.timeLimitMilliseconds = timeLimitMilliseconds
  }

  init(_ fields: HeadFields) throws(ProtocolError) {
    guard let verb = Verb(rawValue: try fields.string("verb")) else {
      throw fields.wrong("verb", "one of the verbs of this protocol version")
    }
    self.init(
      verb, on: try fields.string("domain"),
      timeLimitMilliseconds: try fields.optionalCount("timeLimitMilliseconds"))
  }

  var wireMessage: Message {
    Message(
      type: "act",
      [
        JSONMember("verb", .string(verb.rawValue)), JSONMember("domain", .string(domain)),
      ] + JSONMember.optional("timeLimitMilliseconds", timeLimitMilliseconds))
  }
}
