// SPDX-License-Identifier: Apache-2.0

import JSON

/// A program to run in the control domain, with nothing on its standard input.
public struct ExecuteRequest: Equatable, Sendable {
  /// The program, found along PATH, and its arguments.
  public var arguments: [String]
  /// Milliseconds after which it is killed.
  public var timeLimitMilliseconds: Int

  /// Names a program and its arguments.
  public init(arguments: [String], timeLimitMilliseconds: Int = 60_000) {
    self.arguments = arguments
    self.timeLimitMilliseconds = timeLimitMilliseconds
  }
}

extension ExecuteRequest {
  init(_ fields: HeadFields) throws(ProtocolError) {
    self.init(
      arguments: try fields.strings("arguments"),
      timeLimitMilliseconds: try fields.count("timeLimitMilliseconds"))
    guard !arguments.isEmpty else { throw fields.wrong("arguments", "at least a program's name") }
  }

  var wireMessage: Message {
    Message(
      type: "execute",
      [
        JSONMember("arguments", .array(arguments.map { .string($0) })),
        JSONMember("timeLimitMilliseconds", .integer(timeLimitMilliseconds)),
      ])
  }
}
