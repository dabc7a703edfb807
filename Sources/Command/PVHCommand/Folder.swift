// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage

/// Folders of the file system.
enum Folder {
  /// Makes a folder.
  static func make(_ path: FilePath) throws(Problem) {
    guard path.withPlatformString({ mkdir($0, 0o755) }) == 0 else {
      throw Problem("\(path) cannot be made: \(Errno(rawValue: errno))")
    }
  }

  /// Makes a folder unless it is there.
  static func makeIfMissing(_ path: FilePath) throws(Problem) {
    if !File.exists(path) { try make(path) }
  }

  /// The absolute path, without symbolic links.
  static func resolved(_ path: FilePath) throws(Problem) -> FilePath {
    guard let result = path.withPlatformString({ realpath($0, nil) }) else {
      throw Problem("\(path): \(Errno(rawValue: errno))", status: .usage)
    }
    defer { free(result) }
    return FilePath(platformString: result)
  }

  /// Fills a new folder under another name, and puts it in its place when it is complete.
  static func makeWhole(
    _ path: FilePath, _ fill: (FilePath) throws(Problem) -> Void
  ) throws(Problem) {
    guard !File.exists(path) else {
      throw Problem("\(path) exists; choose another name, or remove it first", status: .usage)
    }
    let staging = FilePath(path.string + ".new-\(getpid())")
    try make(staging)
    do throws(Problem) {
      try fill(staging)
      let result = staging.withPlatformString { from in
        path.withPlatformString { rename(from, $0) }
      }
      guard result == 0 else { throw Problem("\(path): \(Errno(rawValue: errno))") }
    } catch {
      remove(staging)
      throw error
    }
  }

  /// Removes a folder of ours with all that is in it.
  private static func remove(_ path: FilePath) {
    try? Directory.remove(path)
  }
}
