// SPDX-License-Identifier: Apache-2.0

import Glibc
public import SystemPackage

/// The environment variables of this process.
public enum ProcessEnvironment {
  /// The value of a variable, nil if it is not set.
  public static subscript(name: String) -> String? { getenv(name).map { String(cString: $0) } }

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

/// Programs as `PATH` has them.
public enum ProgramPath {
  /// Finds a program; nil if it is missing.
  public static func find(_ name: String) -> FilePath? {
    (ProcessEnvironment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
      .map { FilePath(String($0)).appending(name) }
      .first { candidate in candidate.withPlatformString { access($0, X_OK) } == 0 }
  }

  /// What a shell starts under a name: a path if there is a slash in it, otherwise what is found.
  public static func resolve(_ name: String) -> FilePath? {
    name.utf8.contains(UInt8(ascii: "/")) ? FilePath(name) : find(name)
  }

  /// Finds a program; `package` is what to install where it is missing.
  public static func locate(_ name: String, package: String) throws(ProcessError) -> FilePath {
    guard let path = find(name) else { throw .notFound(name: name, package: package) }
    return path
  }
}
