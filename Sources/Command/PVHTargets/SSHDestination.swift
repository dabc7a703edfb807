// SPDX-License-Identifier: Apache-2.0

/// A machine that the `ssh` program reaches: `ssh://[user@]host[:port]`.
///
/// What is not said is left to ssh and its configuration.
public struct SSHDestination: Hashable, Sendable, CustomStringConvertible {
  /// Whom to log in as.
  public var user: String?
  /// A host name, an address, or a name of ssh's configuration.
  public var host: String
  /// The port of its sshd.
  public var port: Int?

  /// What it begins with on the command line.
  public static let scheme = "ssh://"

  /// Reads what follows `ssh://`.
  ///
  /// - Throws: `TargetError` that says what is wrong.
  public init(_ text: Substring) throws(TargetError) {
    var rest = text.hasSuffix("/") ? text.dropLast() : text
    func wrong(_ reason: String) -> TargetError { .badDestination(String(text), reason: reason) }
    if let at = rest.lastIndex(of: "@") {
      let user = rest[..<at]
      guard Self.isWord(user) else { throw wrong("the user before \"@\" is no plain word") }
      self.user = String(user)
      rest = rest[rest.index(after: at)...]
    }
    // An IPv6 address has colons of its own, and is put in brackets.
    let end = rest.hasPrefix("[") ? rest.firstIndex(of: "]") ?? rest.startIndex : rest.startIndex
    if let colon = rest[end...].firstIndex(of: ":") {
      let digits = rest[rest.index(after: colon)...]
      guard let port = Int(digits), (1...65535).contains(port) else {
        throw wrong("\"\(digits)\" is no port from 1 to 65535")
      }
      self.port = port
      rest = rest[..<colon]
    }
    if rest.hasPrefix("[") {
      guard rest.hasSuffix("]") else { throw wrong("there is text after \"]\"") }
      rest = rest.dropFirst().dropLast()
    }
    guard !rest.isEmpty else { throw wrong("it names no host") }
    guard Self.isWord(rest) else { throw wrong("\"\(rest)\" is no host name") }
    host = String(rest)
  }

  /// As the command line spells it.
  public var description: String {
    let host = self.host.contains(":") ? "[\(self.host)]" : self.host
    return Self.scheme + (user.map { "\($0)@" } ?? "") + host + (port.map { ":\($0)" } ?? "")
  }

  /// Options and words of an ssh command line.
  public var arguments: [String] {
    (user.map { ["-l", $0] } ?? []) + (port.map { ["-p", "\($0)"] } ?? []) + ["--", host]
  }

  /// Whether ssh would take it for what it is: not for an option, nor for several words.
  private static func isWord(_ text: Substring) -> Bool {
    !text.isEmpty && !text.hasPrefix("-")
      && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "/") }
      && !text.contains { "'\"\\`$;&|<>()@".contains($0) }
  }
}
