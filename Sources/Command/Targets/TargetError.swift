// SPDX-License-Identifier: Apache-2.0

public import RunningLabs

/// Why a text names no place.
public enum TargetError: Error, Equatable, Sendable, CustomStringConvertible {
  /// It begins like none of them.
  case unknownTarget(String)
  /// The name of a lab would not do for a folder.
  case badLabName(LabNameError)
  /// What follows `ssh://` names no machine.
  case badDestination(String, reason: String)

  /// The fact, and what would be right.
  public var description: String {
    switch self {
    case .unknownTarget(let text):
      "unknown target \"\(text)\"; expected auto, local, lab, lab:NAME, "
        + "ssh://[user@]host[:port] or qemu"
    case .badLabName(let error): error.description
    case .badDestination(let text, let reason):
      "\"ssh://\(text)\" names no machine: \(reason); write ssh://[user@]host[:port]"
    }
  }
}
