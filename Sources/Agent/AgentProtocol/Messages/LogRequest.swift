// SPDX-License-Identifier: Apache-2.0

import JSON

/// What is wanted of a supervised domain's console log.
public struct LogRequest: Equatable, Sendable {
  /// The domain's name.
  public var domain: String
  /// Lines from the end; nil means all that is kept.
  public var lineCount: Int?
  /// Whether to go on with what the guest prints from now on, until it has ended.
  public var follows: Bool

  /// Asks for a log.
  public init(domain: String, lineCount: Int? = nil, follows: Bool = false) {
    self.domain = domain
    self.lineCount = lineCount
    self.follows = follows
  }

  init(_ fields: HeadFields) throws(ProtocolError) {
    self.init(
      domain: try fields.string("domain"), lineCount: try fields.optionalCount("lineCount"),
      follows: try fields.flag("follows"))
  }

  var wireMessage: Message {
    Message(
      type: "logs",
      [JSONMember("domain", .string(domain)), JSONMember("follows", .boolean(follows))]
        + JSONMember.optional("lineCount", lineCount))
  }
}
