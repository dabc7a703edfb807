// SPDX-License-Identifier: Apache-2.0

import CHostSystem
import Glibc
public import SystemPackage

/// An anonymous file: it exists as long as a process holds it, so that a killed process leaves nothing.
/// C name: `memfd_create`.
public struct MemoryFile: ~Copyable, Sendable {
  public let descriptor: FileDescriptor

  /// Makes a file; `name` shows in /proc only.
  public init(name: String, size: Int = 0, content: [UInt8] = []) throws(Errno) {
    descriptor = try Self.make(name, size, content)
  }

  private static func make(
    _ name: String, _ size: Int, _ content: [UInt8]
  ) throws(Errno) -> FileDescriptor {
    let number = pvh_memory_file(name)
    guard number >= 0 else { throw Errno(rawValue: errno) }
    let descriptor = FileDescriptor(rawValue: number)
    do throws(Errno) {
      if size > 0, ftruncate(number, off_t(size)) != 0 { throw Errno(rawValue: errno) }
      try descriptor.writeEverything(content)
      return descriptor
    } catch {
      try? descriptor.close()
      throw error
    }
  }

  deinit { try? descriptor.close() }

  /// A path under which this process, and the libraries in it, can open the file.
  public var path: FilePath { FilePath("/proc/self/fd/\(descriptor.rawValue)") }

  /// Gives the file to the caller, who closes it.
  public consuming func takeDescriptor() -> FileDescriptor {
    let descriptor = descriptor
    discard self
    return descriptor
  }

  /// Opens the same file once more, with its own position.
  public func reopened(
    _ mode: FileDescriptor.AccessMode, _ options: FileDescriptor.OpenOptions = []
  ) throws(Errno) -> FileDescriptor {
    try FileDescriptor.checked {
      try FileDescriptor.open(path, mode, options: options.union(.closeOnExec))
    }
  }

  public var size: Int { (try? descriptor.information()).map { Int($0.st_size) } ?? 0 }

  /// The content, or its last `limit` bytes, as text.
  public func text(last limit: Int = .max) -> String {
    let size = size
    let count = min(size, limit)
    guard let bytes = try? descriptor.bytes(at: size - count, count: count) else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }
}
