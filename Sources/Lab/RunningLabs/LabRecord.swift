// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import JSON
import SystemPackage
import XenLab

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
