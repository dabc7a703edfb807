// SPDX-License-Identifier: Apache-2.0
import SystemPackage

/// The log of a lab that stays up: what its daemon says, and its agents.
enum LabDaemonLog {
  /// Sends the process's standard output and error there from here on.
  static func open(_ path: FilePath) throws(RunningLabError) {
    do {
      let log = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .truncate, .append, .closeOnExec],
        permissions: .ownerReadWrite)
      defer { try? log.close() }
      _ = try log.duplicate(as: .standardOutput)
      _ = try log.duplicate(as: .standardError)
    } catch {
      throw .system(call: "open", subject: path.string, error as? Errno ?? .ioError)
    }
  }

  /// Writes a line for whoever reads the log.
  static func say(_ line: String) {
    _ = try? FileDescriptor.standardError.writeAll("\(line)\n".utf8)
  }
}
