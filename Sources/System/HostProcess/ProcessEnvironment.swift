// SPDX-License-Identifier: Apache-2.0
import Glibc
public import SystemPackage

/// The environment variables of this process.
public enum ProcessEnvironment {
  /// The value of a variable, nil if it is not set.
  public static subscript(name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// All variables.
  public static var current: [String: String] {
    var result: [String: String] = [:]
    var next = environ
    while let variable = next.pointee {
      let parts = String(cString: variable).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { result[String(parts[0])] = String(parts[1]) }
      next += 1
    }
    return result
  }

  /// A folder from a variable; relative ones are ignored, as the XDG convention demands.
  public static func folder(_ name: String) -> FilePath? {
    guard let value = self[name] else { return nil }
    let path = FilePath(value)
    return path.isAbsolute ? path : nil
  }
}
