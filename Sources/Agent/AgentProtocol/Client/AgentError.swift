// SPDX-License-Identifier: Apache-2.0

import Glibc
import JSON

/// Why a conversation with an agent could not go on.
public enum AgentError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The agent's end of the stream was closed; so many bytes of a message were left over.
  case ended(unfinishedByteCount: Int)
  /// The agent did not answer in time.
  case silent(milliseconds: Int)
  /// The agent broke the rules of the conversation.
  case protocolError(ProtocolError)
  /// The two sides were built from different versions.
  case versionMismatch(VersionMismatch)
  /// The agent said that it could not do what was asked.
  case failed(Failure)
  /// The agent said something that answers nothing that was asked.
  case unexpected(Event, waitingFor: String)
  /// The operating system refused to read or write.
  case system(call: String, code: Int32)

  /// A sentence for people.
  public var description: String {
    switch self {
    case .ended(let count):
      "the agent ended the conversation"
        + (count > 0 ? " in the middle of a message (\(count) bytes of it had arrived)" : "")
        + "; look at its standard error"
    case .silent(let milliseconds): "the agent did not answer within \(milliseconds) ms"
    case .protocolError(let error): "the agent's answer cannot be read: \(error)"
    case .versionMismatch(let mismatch): mismatch.description
    case .failed(let failure): failure.message
    case .unexpected(let event, let wanted):
      "the agent sent \(event.message.head["type"] ?? .null) where \(wanted) was expected"
    case .system(let call, let code):
      "\(call) on the way to the agent failed: \(String(cString: strerror(code)))"
    }
  }
}
