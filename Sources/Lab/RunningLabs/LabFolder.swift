// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostJSON
import HostSystem
import SystemPackage
import XenLab

/// The folder of one lab.
struct LabFolder: Sendable {
  let name: LabName
  let path: FilePath

  var lock: FilePath { path.appending("lock") }
  var socket: FilePath { path.appending("socket") }
  var record: FilePath { path.appending("record") }
  var log: FilePath { path.appending("log") }

  /// Whether something of the lab is there.
  var exists: Bool { Directory.exists(path) }

  /// Makes the folder and holds its lock; nil if another process does.
  func claim() throws(RunningLabError) -> FileLock? {
    while true {
      do throws(Errno) {
        try Directory.make(path, permissions: .privateFolder)
      } catch {
        throw .system(call: "mkdir", subject: path.string, error)
      }
      do throws(Errno) {
        guard let taken = try FileLock.take(lock) else { return nil }
        // If not, its holder removed it while we waited: the name means another file now, or none.
        if taken.isStill(at: lock) { return taken }
      } catch .noSuchFileOrDirectory {
        // Removed between the two calls.
      } catch {
        throw .system(call: "flock", subject: lock.string, error)
      }
    }
  }

  /// Removes the folder; only for who holds its lock, which goes last.
  func remove() {
    for file in [socket, record, log, lock] { Directory.unlinkIfPresent(file) }
    _ = path.withPlatformString { rmdir($0) }
  }

  /// The last lines of the log.
  var lastWords: [String] {
    guard let file = try? FileDescriptor.open(log, .readOnly, options: .closeOnExec) else {
      return []
    }
    defer { try? file.close() }
    let limit = 2048
    let size = Int((try? file.seek(offset: 0, from: .end)) ?? 0)
    let start = max(0, size - limit)
    let bytes = (try? file.bytes(at: start, count: limit)) ?? []
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      .suffix(8).map(String.init)
  }
}

/// What the daemon leaves in its folder about its lab.
struct LabRecord: Codable, Equatable {
  /// Seconds since 1970.
  var since: Int
  /// Process number of the daemon.
  var keeper: Int
  /// Version of the Debian package of Xen.
  var xen: String
  var xenstore: String
  /// The agent that it carries.
  var agent: AgentFile

  /// Writes it under its name when it is complete.
  func write(to path: FilePath) throws(RunningLabError) {
    do {
      try AtomicFile.write(JSON.value(self).serialised(), to: path)
    } catch {
      throw .system(call: "write", subject: path.string, error as? Errno ?? .ioError)
    }
  }

  /// Reads it; nil if there is none that can be read.
  static func read(_ path: FilePath) -> LabRecord? {
    guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else {
      return nil
    }
    defer { try? file.close() }
    return try? JSON.decode(LabRecord.self, from: file.readAll(limit: 1 << 20))
  }
}

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
