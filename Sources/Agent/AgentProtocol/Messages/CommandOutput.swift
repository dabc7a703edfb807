// SPDX-License-Identifier: Apache-2.0

import JSON

/// What a program in the control domain wrote, and how it ended.
public struct CommandOutput: Equatable, Sendable {
  /// How the program ended.
  public enum Ending: Equatable, Sendable {
    /// It returned this status.
    case exited(Int)
    /// It died of this signal.
    case signalled(Int)
    /// It ran into its time limit and was killed.
    case timedOut
  }

  /// How the program ended.
  public var ending: Ending
  /// Its standard output.
  public var standardOutput: [UInt8]
  /// Its standard error.
  public var standardError: [UInt8]

  /// Puts together what came of a program.
  public init(ending: Ending, standardOutput: [UInt8], standardError: [UInt8]) {
    self.ending = ending
    self.standardOutput = standardOutput
    self.standardError = standardError
  }

  init(_ fields: HeadFields, body: [UInt8]) throws(ProtocolError) {
    switch try fields.string("ending") {
    case "exited": ending = .exited(try fields.count("value"))
    case "signalled": ending = .signalled(try fields.count("value"))
    case "timedOut": ending = .timedOut
    default: throw fields.wrong("ending", "\"exited\", \"signalled\" or \"timedOut\"")
    }
    let split = try fields.count("standardOutput")
    guard split <= body.count else {
      throw fields.wrong("standardOutput", "a count of bytes within the body")
    }
    standardOutput = Array(body[..<split])
    standardError = Array(body[split...])
  }

  var wireMessage: Message {
    let (word, value): (String, Int?) =
      switch ending {
      case .exited(let status): ("exited", status)
      case .signalled(let signal): ("signalled", signal)
      case .timedOut: ("timedOut", nil)
      }
    return Message(
      type: "output",
      [
        JSONMember("ending", .string(word)),
        JSONMember("standardOutput", .integer(standardOutput.count)),
      ] + JSONMember.optional("value", value),
      body: standardOutput + standardError)
  }
}
