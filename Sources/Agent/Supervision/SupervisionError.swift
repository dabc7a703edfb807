// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Why the supervisor's files could not be read or written.
public struct SupervisionError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The fact seen, where, and what to change.
  public let description: String

  /// Describes an error.
  public init(_ description: String) {
    self.description = description
  }

  /// A call that set errno.
  init(_ call: String, _ path: String, code: Int32 = errno) {
    let advice = code == ENOSPC ? "; destroy ended domains, or make room there" : ""
    description = "\(call) \(path): \(String(cString: strerror(code)))\(advice)"
  }
}
