// SPDX-License-Identifier: Apache-2.0
import CHostSupport
import Glibc
import SystemPackage

/// An anonymous file: it exists as long as a process holds it, so that a killed lab leaves nothing.
struct MemoryFile: ~Copyable {
  let descriptor: FileDescriptor

  init(name: String, size: Int = 0, content: [UInt8] = []) throws(LabError) {
    let number = pvh_memory_file(name)
    guard number >= 0, ftruncate(number, off_t(size)) == 0 else {
      let error = Errno(rawValue: errno)
      if number >= 0 { close(number) }
      throw .system(call: "memfd_create", subject: name, errno: error)
    }
    let descriptor = FileDescriptor(rawValue: number)
    do throws(LabError) {
      try attempt("write", FilePath(name)) { try descriptor.writeAll(content) }
    } catch {
      try? descriptor.close()
      throw error
    }
    self.descriptor = descriptor
  }

  deinit { try? descriptor.close() }

  /// Opens the same file once more, with its own position.
  ///
  /// QEMU compares the access mode of a passed descriptor with the one it wants, and a memory file
  /// is born read-write.
  func reopened(
    _ mode: FileDescriptor.AccessMode, _ options: FileDescriptor.OpenOptions = []
  ) throws(LabError) -> FileDescriptor {
    let path = FilePath("/proc/self/fd/\(descriptor.rawValue)")
    return try attempt("open", path) {
      try FileDescriptor.open(path, mode, options: options.union(.closeOnExec))
    }
  }

  var size: Int {
    var information = stat()
    return fstat(descriptor.rawValue, &information) == 0 ? Int(information.st_size) : 0
  }

  /// The content, or its last `limit` bytes, as text.
  func text(last limit: Int = .max) -> String {
    let size = size
    let count = min(size, limit)
    guard let bytes = try? descriptor.bytes(at: size - count, count: count) else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension FileDescriptor {
  /// Reads `count` bytes at `offset`; fewer if the file ends before.
  func bytes(at offset: Int, count: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let rest = UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
        let read = try self.read(fromAbsoluteOffset: Int64(offset + filled), into: rest)
        if read == 0 { break }
        filled += read
      }
    }
  }
}
