// SPDX-License-Identifier: Apache-2.0

import CHostSystem
import Glibc
import HostSystem
public import SystemPackage

/// The folder that holds packages and templates; everything in it can be made again.
///
/// ```
/// packages/xen-VERSION/  APT's private lists, state and downloaded packages, for each Xen
/// lab/templates/KEY/     one template each: memory, state, template.json
/// lab/staging/           the template being made; renamed to its place when complete
/// lab/lock               held by the one process that prepares or removes
/// ```
public struct LabCache: Hashable, Sendable {
  /// The folder of this cache.
  public let root: FilePath

  /// A cache in a folder of the caller's choice, which need not exist yet.
  public init(root: FilePath) { self.root = root }

  /// The user's cache: `$XDG_CACHE_HOME/pvhkit`, or `~/.cache/pvhkit`.
  public static var standard: LabCache {
    let base =
      ProcessEnvironment.folder("XDG_CACHE_HOME")
      ?? ProcessEnvironment.folder("HOME")?.appending(".cache")
      ?? "/var/tmp"
    return LabCache(root: base.appending("pvhkit"))
  }

  var packages: FilePath { root.appending("packages") }
  /// The packages of one Xen, and APT's lists of them.
  func packages(of release: XenRelease) -> FilePath {
    packages.appending("xen-\(release.version)")
  }

  var templates: FilePath { root.appending("lab").appending("templates") }
  var staging: FilePath { root.appending("lab").appending("staging") }
  var lock: FilePath { root.appending("lab").appending("lock") }

  /// Bytes on disk of the packages and APT's lists.
  public var packagesSize: Int { FileTree.diskUse(packages) }

  /// Bytes that can still be written on its file system.
  public var freeBytes: Int { DiskSpace.free(at: root) }

  /// Bytes that the first preparation of a template takes.
  public static var preparationSize: Int { DiskSpace.template + DiskSpace.packages }

  /// Removes the packages and APT's lists.
  ///
  /// - Returns: the bytes freed on disk.
  @discardableResult
  public func removePackages() throws(LabError) -> Int {
    try removing(packages)
  }

  /// Removes a folder of the cache while nobody prepares.
  func removing(_ folder: FilePath) throws(LabError) -> Int {
    guard FileTree.exists(folder) else { return 0 }
    let interrupts = try Interrupts()
    return try PreparationLock.hold(self, interrupts) { () throws(LabError) in
      let size = FileTree.diskUse(folder)
      // Out of sight in one step first, so that an interrupted removal leaves nothing half-usable.
      let condemned = staging.appending("removed-\(getpid())")
      try FileTree.makeFolder(staging)
      try FileTree.rename(folder, to: condemned)
      try FileTree.remove(condemned)
      return size
    }
  }
}

/// How much room a preparation takes, and how much there is.
enum DiskSpace {
  /// Bytes of one template: the pages that Xen and dom0 wrote, and the device state.
  static var template: Int { 250_000_000 }

  /// Bytes of APT's lists and of the packages (nine tenths are the kernel).
  static var packages: Int { 250_000_000 }

  /// Bytes that this user can still write on the file system of `path`.
  static func free(at path: FilePath) -> Int {
    var path = path
    var information = statvfs()
    // The folder may not exist yet; its first existing ancestor is on the same file system.
    while path.withPlatformString({ statvfs($0, &information) }) != 0 {
      guard path.removeLastComponent() else { return Int.max }
    }
    return Int(clamping: UInt64(information.f_bavail) * UInt64(information.f_frsize))
  }

  /// Refuses to start what would not fit.
  static func require(_ needed: Int, at path: FilePath) throws(LabError) {
    let available = free(at: path)
    guard available >= needed else {
      throw .diskFull(at: path, needed: needed, available: available)
    }
  }
}

/// The right to change the cache; one process has it at a time, and loses it by dying.
enum PreparationLock {
  /// Runs `body` with the lock, calling `onWait` once if another process has it.
  static func hold<Result>(
    _ cache: LabCache, _ interrupts: borrowing Interrupts, onWait: () -> Void = {},
    _ body: () throws(LabError) -> Result
  ) throws(LabError) -> Result {
    try FileTree.makeFolder(cache.lock.removingLastComponent())
    var lock = try take(cache.lock)
    if lock == nil { onWait() }
    while lock == nil {
      _ = try interrupts.wait(for: [], until: .now + .milliseconds(100))
      lock = try take(cache.lock)
    }
    defer { lock = nil }
    return try body()
  }

  private static func take(_ path: FilePath) throws(LabError) -> FileLock? {
    do throws(Errno) {
      return try FileLock.take(path)
    } catch {
      throw .system(call: "flock", subject: path.string, errno: error)
    }
  }
}
