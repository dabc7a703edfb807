// SPDX-License-Identifier: Apache-2.0
import Glibc
import HostSystem
import SystemPackage
import XenLab

/// Where the labs that are up leave what other commands need to reach them; nobody else may look.
///
/// ```
/// NAME/lock     held by the daemon as long as it lives: who gets it finds a lab that is gone
/// NAME/socket   where the daemon listens
/// NAME/record   what the lab is
/// NAME/log      what the daemon and Xen have to say
/// ```
public struct RuntimeFolder: Sendable {
  private let path: FilePath
  /// What `XDG_RUNTIME_DIR` names: made by whoever set it, and not by us.
  private let given: FilePath?

  /// The user's: `$XDG_RUNTIME_DIR/pvhkit/labs`, or in the cache where the variable is unset or empty.
  public static var standard: RuntimeFolder {
    let given = FilePath(ProcessEnvironment["XDG_RUNTIME_DIR"] ?? "")
    guard !given.isEmpty else {
      return RuntimeFolder(path: LabCache.standard.root.appending("run/labs"), given: nil)
    }
    return RuntimeFolder(path: given.appending("pvhkit/labs"), given: given)
  }

  /// The folder of one lab.
  func lab(_ name: LabName) throws(RunningLabError) -> LabFolder {
    try check()
    return LabFolder(name: name, path: path.appending(name.text))
  }

  /// The folders of all labs, up or not.
  func labs() throws(RunningLabError) -> [LabFolder] {
    try check()
    let names = Directory.names(in: path).compactMap { try? LabName($0) }
    return names.sorted().map { LabFolder(name: $0, path: path.appending($0.text)) }
  }

  /// Refuses a folder that is another one for each folder that commands are started in.
  private func check() throws(RunningLabError) {
    if let given, !given.isAbsolute {
      throw .badRuntimeFolder(given, reason: "it does not begin with /")
    }
  }

  /// Makes the folder, and refuses one that is somebody else's.
  func make() throws(RunningLabError) {
    try check()
    if let given, !Directory.exists(given) {
      throw .badRuntimeFolder(given, reason: "\(Errno(rawValue: errno))")
    }
    var parts: [FilePath] = []
    var next = path
    while !next.isEmpty, !Directory.exists(next) {
      parts.append(next)
      guard next.removeLastComponent() else { break }
    }
    for part in parts.reversed() {
      do throws(Errno) {
        try Directory.make(part, permissions: .privateFolder)
      } catch {
        if let given { throw .badRuntimeFolder(given, reason: "\(error)") }
        throw .system(call: "mkdir", subject: part.string, error)
      }
    }
    guard let status = Directory.information(path),
      status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid()
    else { throw .notOurs(folder: path) }
    // An earlier umask or hand may have opened it.
    _ = path.withPlatformString { chmod($0, 0o700) }
  }
}
