// SPDX-License-Identifier: Apache-2.0
import Glibc
import SystemPackage

/// Folders on disk.
enum FileTree {
  static func exists(_ path: FilePath) -> Bool { information(path) != nil }

  static func information(_ path: FilePath) -> stat? {
    var result = stat()
    return path.withPlatformString { lstat($0, &result) } == 0 ? result : nil
  }

  /// Names in a folder, sorted; none if it does not exist.
  static func names(in folder: FilePath) -> [String] {
    guard let stream = folder.withPlatformString({ opendir($0) }) else { return [] }
    defer { closedir(stream) }
    var result: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { result.append(name) }
    }
    return result.sorted()
  }

  /// Makes a folder and its missing parents.
  static func makeFolder(_ path: FilePath) throws(LabError) {
    if exists(path) { return }
    let parent = path.removingLastComponent()
    if !parent.isEmpty, parent != path { try makeFolder(parent) }
    try check("mkdir", path, allowing: .fileExists) { path.withPlatformString { mkdir($0, 0o755) } }
  }

  /// Removes a file, or a folder with all it contains; fine if there is none.
  static func remove(_ path: FilePath) throws(LabError) {
    guard let information = information(path) else { return }
    guard information.st_mode & S_IFMT == S_IFDIR else {
      return try check("unlink", path, allowing: .noSuchFileOrDirectory) {
        path.withPlatformString { unlink($0) }
      }
    }
    for name in names(in: path) { try remove(path.appending(name)) }
    try check("rmdir", path, allowing: .noSuchFileOrDirectory) {
      path.withPlatformString { rmdir($0) }
    }
  }

  static func rename(_ path: FilePath, to target: FilePath) throws(LabError) {
    try check("rename", path) {
      path.withPlatformString { from in
        target.withPlatformString { Glibc.rename(from, $0) }
      }
    }
  }

  /// Bytes that a file, or a folder with all it contains, takes on disk: holes count nothing.
  static func diskUse(_ path: FilePath) -> Int {
    guard let information = information(path) else { return 0 }
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

  /// Runs a call that returns 0 when it succeeds; `allowed` is as good as success.
  private static func check(
    _ call: String, _ path: FilePath, allowing allowed: Errno? = nil, _ body: () -> Int32
  ) throws(LabError) {
    try attempt(call, path) {
      guard body() != 0 else { return }
      let error = Errno(rawValue: errno)
      if error != allowed { throw error }
    }
  }
}

extension FileDescriptor {
  /// Waits until the file is on disk; a full disk may be noticed only now.
  func synchronize() throws {
    guard fsync(rawValue) == 0 else { throw Errno(rawValue: errno) }
  }
}
