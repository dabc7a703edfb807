// SPDX-License-Identifier: Apache-2.0
import Glibc
import SystemPackage

/// Which QEMU saved a template: its version, and the file's size and time to know it again without
/// running it.
struct QemuIdentity: Codable, Equatable {
  var version: String
  var size: Int
  var modified: Int

  /// The QEMU that this machine would run.
  static func installed(_ interrupts: borrowing Interrupts) throws(LabError) -> QemuIdentity {
    let (size, modified) = try file()
    let command = Command(tool: .qemu, arguments: ["--version"])
    let text = String(decoding: try command.output(interrupts), as: UTF8.self)
    let line = text.split(separator: "\n").first ?? "unknown"
    let prefix = "QEMU emulator version "
    return QemuIdentity(
      version: String(line.hasPrefix(prefix) ? line.dropFirst(prefix.count) : line), size: size,
      modified: modified)
  }

  /// Throws unless the installed QEMU is this one.
  func check() throws(LabError) {
    let (size, modified) = try Self.file()
    if size == self.size, modified == self.modified { return }
    let installed = try Self.installed(try Interrupts())
    guard installed.version == version else {
      throw .otherQEMU(template: version, installed: installed.version)
    }
  }

  private static func file() throws(LabError) -> (size: Int, modified: Int) {
    let path = try Tool.qemu.locate()
    var information = stat()
    guard path.withPlatformString({ stat($0, &information) }) == 0 else {
      throw .system(call: "stat", subject: path.string, errno: Errno(rawValue: errno))
    }
    return (Int(information.st_size), Int(information.st_mtim.tv_sec))
  }
}
