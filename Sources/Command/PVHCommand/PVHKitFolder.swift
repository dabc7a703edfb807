// SPDX-License-Identifier: Apache-2.0

import SystemPackage

/// A checkout of PVHKit: what an image is built with.
struct PVHKitFolder {
  let path: FilePath

  /// The folder at `path`, if it is a checkout.
  init?(_ path: FilePath) {
    self.path = path
    guard File.exists(sdks.appending("xen-pvh.artifactbundle").appending("info.json")) else {
      return nil
    }
  }

  /// The folder with the Swift SDK bundle, for `swift build --swift-sdks-path`.
  var sdks: FilePath { path.appending("tools").appending("swift-sdks") }

  /// The checkout that this program was built in, if it lies in one.
  static var aroundThisProgram: PVHKitFolder? {
    guard var folder = try? File.ownPath() else { return nil }
    while folder.removeLastComponent() {
      if let found = PVHKitFolder(folder) { return found }
    }
    return nil
  }
}
