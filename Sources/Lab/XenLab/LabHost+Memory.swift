// SPDX-License-Identifier: Apache-2.0
import Glibc
import HostSystem
import Synchronization
import SystemPackage

extension LabHost {
  /// Bytes of this machine's memory that the host has for itself; zero if it has ended.
  public var memoryInUse: Int {
    let descriptor = qemu.withLock { $0.descriptor.rawValue }
    guard let process = Self.number("Pid:", in: FilePath("/proc/self/fdinfo/\(descriptor)")),
      // Pages of the template that were written to are no file's any more.
      let kibibytes = Self.number("RssAnon:", in: FilePath("/proc/\(process)/status"))
    else { return 0 }
    return kibibytes * 1024
  }

  /// The number behind a word at the start of a line. Source: proc(5).
  private static func number(_ word: String, in file: FilePath) -> Int? {
    guard let descriptor = try? FileDescriptor.open(file, .readOnly, options: .closeOnExec) else {
      return nil
    }
    defer { try? descriptor.close() }
    var buffer = [UInt8](repeating: 0, count: 8192)
    let count = (try? buffer.withUnsafeMutableBytes { try descriptor.read(into: $0) }) ?? 0
    let line = String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n")
      .first { $0.hasPrefix(word) }
    return line.flatMap { Int($0.filter(\.isNumber)) }
  }
}
