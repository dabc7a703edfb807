// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Glibc
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
    let new = FilePath(path.string + ".new")
    do {
      let data = try JSONEncoder().encode(self)
      let file = try FileDescriptor.open(
        new, .writeOnly, options: [.create, .truncate, .closeOnExec],
        permissions: .ownerReadWrite)
      _ = try file.closeAfter { try file.writeAll(data) }
      let result = new.withPlatformString { from in
        path.withPlatformString { Glibc.rename(from, $0) }
      }
      guard result == 0 else { throw Errno(rawValue: errno) }
    } catch {
      _ = new.withPlatformString { unlink($0) }
      throw .system(call: "write", subject: path.string, error as? Errno ?? .ioError)
    }
  }

  /// Reads it; nil if there is none that can be read.
  static func read(_ path: FilePath) -> LabRecord? {
    guard let data = try? Data(contentsOf: URL(filePath: path.string)) else { return nil }
    return try? JSONDecoder().decode(LabRecord.self, from: data)
  }
}
