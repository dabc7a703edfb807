// SPDX-License-Identifier: Apache-2.0
public import SystemPackage

/// Why a program does not run.
public enum ProcessError: Error, Equatable, Sendable, CustomStringConvertible {
  /// It is not in `PATH`; `package` says where to get it.
  case notFound(name: String, package: String)
  /// The system refused to start it.
  case notStarted(program: FilePath, Errno)

  /// The fact and the remedy.
  public var description: String {
    switch self {
    case .notFound(let name, let package): "\(name) is not in PATH; install \(package)"
    case .notStarted(let program, let errno): "\(program): \(errno)"
    }
  }
}
