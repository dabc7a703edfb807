// SPDX-License-Identifier: Apache-2.0

import HostSystem
import Synchronization
import SystemPackage

/// The image of a guest in the package that is tested, built as `pvh build` does it.
struct GuestImage {
  let path: FilePath

  /// What was built in this process: a package is compiled once for all its tests.
  private static let built = Mutex<[FilePath: Result<GuestImage, GuestFailure>]>([:])

  /// Builds the guest `product` of the package that a file belongs to.
  static func build(
    _ product: String, testedBy file: FilePath, with pvh: PVHProgram
  ) throws(GuestFailure) -> GuestImage {
    let package = try packageFolder(of: file)
    let path = package.appending(".build").appending("pvh").appending("\(product).pvh")
    // Others wait for the one that builds.
    let result = built.withLock { built in
      if let known = built[path] { return known }
      let result = Result { () throws(GuestFailure) in
        let (text, status) = try pvh.run(
          ["build", "--package-path", package.string, "--product", product])
        guard status == 0 else {
          throw GuestFailure("\(product) cannot be built", words: text, by: "pvh build")
        }
        return GuestImage(path: path)
      }
      built[path] = result
      return result
    }
    return try result.get()
  }

  private static func packageFolder(of file: FilePath) throws(GuestFailure) -> FilePath {
    var folder = file
    while folder.removeLastComponent(), !folder.isEmpty {
      let manifest = folder.appending("Package.swift")
      if (try? FileDescriptor.open(manifest, .readOnly).close()) != nil { return folder }
    }
    throw GuestFailure("\(file) belongs to no package, so there is no guest to boot")
  }
}
