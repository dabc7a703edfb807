// SPDX-License-Identifier: Apache-2.0
import Glibc
public import SystemPackage

/// Programs as `PATH` has them.
public enum ProgramPath {
  /// Finds a program; `package` is what to install where it is missing.
  public static func locate(
    _ name: String, package: String
  ) throws(ProcessError) -> FilePath {
    for folder in (ProcessEnvironment["PATH"] ?? "").split(separator: ":") {
      let candidate = FilePath(String(folder)).appending(name)
      if candidate.withPlatformString({ access($0, X_OK) }) == 0 { return candidate }
    }
    throw .notFound(name: name, package: package)
  }
}
