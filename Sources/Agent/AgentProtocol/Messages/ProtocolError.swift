// SPDX-License-Identifier: Apache-2.0

public import JSON

/// What the other side of the conversation did wrong.
public enum ProtocolError: Error, Equatable, Sendable, CustomStringConvertible {
  case headTooLong(limit: Int)
  case malformedHead(JSONError)
  case headIsNoObject
  case badBodyCount
  case bodyTooLarge(count: Int, limit: Int)
  case unknownMessage(type: String)
  case missingField(String, message: String)
  case wrongField(String, message: String, wanted: String)

  /// A sentence for people.
  public var description: String {
    switch self {
    case .headTooLong(let limit):
      "the other side sent no newline in \(limit) bytes: it does not speak the agent protocol"
    case .malformedHead(let error): "the head of a message is not JSON: \(error)"
    case .headIsNoObject: "the head of a message is JSON, but not an object"
    case .badBodyCount: "the \"body\" of a head has to be a count of bytes"
    case .bodyTooLarge(let count, let limit):
      "a message announces a body of \(count) bytes; at most \(limit) are accepted here"
    case .unknownMessage(let type): "there is no message of type \"\(type)\""
    case .missingField(let field, let message): "a \"\(message)\" message needs \"\(field)\""
    case .wrongField(let field, let message, let wanted):
      "\"\(field)\" of a \"\(message)\" message has to be \(wanted)"
    }
  }
}
