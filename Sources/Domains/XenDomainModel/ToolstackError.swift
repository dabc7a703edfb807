// SPDX-License-Identifier: Apache-2.0

/// Something that Xen or its libraries refused.
public struct ToolstackError: Error, Sendable, CustomStringConvertible {
  /// The classes that a caller may want to treat differently; in one word, for programs.
  public enum Kind: String, Sendable, Equatable, CaseIterable {
    /// There is no Xen here, or this process may not use it.
    case xenUnavailable
    /// What was asked for cannot be: a limit, a name, a combination.
    case badConfiguration
    /// A domain of this name exists.
    case nameTaken
    /// No domain has this name or number.
    case noSuchDomain
    /// Several domains have this name.
    case ambiguousDomain
    /// Xen's own loader refuses the image.
    case imageRejected
    /// Xen has too little memory left.
    case outOfMemory
    /// The domain got no console.
    case consoleUnavailable
    /// The task that waited was cancelled; nothing happened to the domain.
    case cancelled
    /// Anything else.
    case other = "toolstack"
  }

  /// The class of the error.
  public var kind: Kind
  /// The fact seen, where, and what to change.
  public var message: String
  /// What the libraries said meanwhile, oldest line first.
  public var log: [String]

  public init(_ kind: Kind, _ message: String, log: [String] = []) {
    self.kind = kind
    self.message = message
    self.log = log
  }

  public var description: String { message }
}
