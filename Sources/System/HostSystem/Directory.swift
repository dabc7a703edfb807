// SPDX-License-Identifier: Apache-2.0

public import Glibc
public import SystemPackage

/// Names in the file system: what is there, folders, removing.
public enum Directory {
  /// What lstat(2) says; nil if nothing is there.
  public static func information(_ path: FilePath) -> stat? {
    var result = stat()
    return path.withPlatformString { lstat($0, &result) } == 0 ? result : nil
  }

  /// Whether something can be reached under a name, through links, too.
  public static func exists(_ path: FilePath) -> Bool {
    path.withPlatformString { access($0, F_OK) } == 0
  }

  /// The names in a folder, sorted; none if there is no such folder.
  public static func names(in folder: FilePath) -> [String] {
    guard let stream = folder.withPlatformString({ opendir($0) }) else { return [] }
    defer { closedir(stream) }
    var result: [String] = []
    while let entry = readdir(stream) {
      // In its place: an entry may be shorter than its type says.
      let name = withUnsafeMutablePointer(to: &entry.pointee.d_name) {
        String(cString: UnsafeMutableRawPointer($0).assumingMemoryBound(to: CChar.self))
      }
      if name != ".", name != ".." { result.append(name) }
    }
    return result.sorted()
  }

  /// Makes a folder; one that is there is fine.
  public static func make(_ path: FilePath, permissions: FilePermissions = .folder) throws(Errno) {
    let result = path.withPlatformString { mkdir($0, permissions.rawValue) }
    guard result == 0 || errno == EEXIST else { throw Errno(rawValue: errno) }
  }

  /// Makes a folder and those above it that are missing.
  public static func makeAll(_ path: FilePath, permissions: FilePermissions = .folder) throws(Errno)
  {
    if exists(path) { return }
    let parent = path.removingLastComponent()
    if !parent.isEmpty, parent != path { try makeAll(parent, permissions: permissions) }
    try make(path, permissions: permissions)
  }

  /// Removes a file, or a folder with all that is in it; fine if there is none.
  public static func remove(_ path: FilePath) throws(Errno) {
    guard let information = information(path) else { return }
    if information.st_mode & S_IFMT == S_IFDIR {
      for name in names(in: path) { try remove(path.appending(name)) }
      try check(path.withPlatformString { rmdir($0) })
    } else {
      try check(path.withPlatformString { unlink($0) })
    }
  }

  /// Removes a file, if there is one that can be removed.
  public static func unlinkIfPresent(_ path: FilePath) {
    _ = path.withPlatformString { unlink($0) }
  }

  public static func rename(_ path: FilePath, to target: FilePath) throws(Errno) {
    let result = path.withPlatformString { from in
      target.withPlatformString { Glibc.rename(from, $0) }
    }
    guard result == 0 else { throw Errno(rawValue: errno) }
  }

  /// Makes a symbolic link.
  public static func link(_ path: FilePath, to target: FilePath) throws(Errno) {
    let result = target.withPlatformString { to in path.withPlatformString { symlink(to, $0) } }
    guard result == 0 else { throw Errno(rawValue: errno) }
  }

  /// The absolute path, without symbolic links.
  public static func resolved(_ path: FilePath) throws(Errno) -> FilePath {
    guard let result = path.withPlatformString({ realpath($0, nil) }) else {
      throw Errno(rawValue: errno)
    }
    defer { free(result) }
    return FilePath(platformString: result)
  }

  private static func check(_ result: Int32) throws(Errno) {
    guard result == 0 || errno == ENOENT else { throw Errno(rawValue: errno) }
  }
}

extension FilePermissions {
  /// What a folder that everybody may look into has.
  public static let folder = FilePermissions(rawValue: 0o755)
  /// What a folder that is nobody else's business has.
  public static let privateFolder = FilePermissions(rawValue: 0o700)
}
