// SPDX-License-Identifier: Apache-2.0
import CHostSupport
import SystemPackage

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
