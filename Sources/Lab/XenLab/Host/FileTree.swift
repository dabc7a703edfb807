// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage

/// Folders on disk.
enum FileTree {
  static func exists(_ path: FilePath) -> Bool { Directory.information(path) != nil }

  /// Names in a folder, sorted; none if it does not exist.
  static func names(in folder: FilePath) -> [String] { Directory.names(in: folder) }

  /// Makes a folder and its missing parents.
  static func makeFolder(_ path: FilePath) throws(LabError) {
    try attempt("mkdir", path) { try Directory.makeAll(path) }
  }

  /// Removes a file, or a folder with all it contains; fine if there is none.
  static func remove(_ path: FilePath) throws(LabError) {
    try attempt("remove", path) { try Directory.remove(path) }
  }

  static func rename(_ path: FilePath, to target: FilePath) throws(LabError) {
    try attempt("rename", path) { try Directory.rename(path, to: target) }
  }

  /// Bytes that a file, or a folder with all it contains, takes on disk: holes count nothing.
  static func diskUse(_ path: FilePath) -> Int {
    guard let information = Directory.information(path) else { return 0 }
    var result = Int(information.st_blocks) * 512
    if information.st_mode & S_IFMT == S_IFDIR {
      for name in names(in: path) { result += diskUse(path.appending(name)) }
    }
    return result
  }

  /// Writes a file from the beginning and waits until it is on disk.
  static func write(_ bytes: [UInt8], to path: FilePath) throws(LabError) {
    try attempt("write", path) {
      let file = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .truncate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
      try file.closeAfter {
        try file.writeAll(bytes)
        try file.synchronize()
      }
    }
  }

  static func read(_ path: FilePath) throws(LabError) -> [UInt8] {
    try attempt("read", path) {
      let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
      return try file.closeAfter {
        try file.bytes(at: 0, count: Int(try file.seek(offset: 0, from: .end)))
      }
    }
  }
}

extension MemoryFile {
  /// Makes a file; `name` shows in /proc only.
  static func make(
    name: String, size: Int = 0, content: [UInt8] = []
  ) throws(LabError) -> MemoryFile {
    do throws(Errno) {
      return try MemoryFile(name: name, size: size, content: content)
    } catch {
      throw .system(call: "memfd_create", subject: name, errno: error)
    }
  }

  /// Opens the same file once more, with its own position.
  ///
  /// QEMU compares the access mode of a passed descriptor with the one it wants, and a memory file
  /// is born read-write.
  borrowing func opened(
    _ mode: FileDescriptor.AccessMode, _ options: FileDescriptor.OpenOptions = []
  ) throws(LabError) -> FileDescriptor {
    do throws(Errno) {
      return try reopened(mode, options)
    } catch {
      throw .system(call: "open", subject: path.string, errno: error)
    }
  }
}

extension SocketPair {
  static func make() throws(LabError) -> SocketPair {
    do throws(Errno) {
      return try SocketPair()
    } catch {
      throw .system(call: "socketpair", subject: "QEMU", errno: error)
    }
  }
}
