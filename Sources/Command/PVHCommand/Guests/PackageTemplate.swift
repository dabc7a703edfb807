// SPDX-License-Identifier: Apache-2.0

import SystemPackage

/// The files of a new guest's package.
struct PackageTemplate {
  let name: String
  /// Whether the guest has tasks.
  let hasTasks: Bool
  /// Whether it has a target in C.
  let hasC: Bool
  /// The manifest's dependency on PVHKit, in Swift.
  let dependency: String

  /// The package of a guest, which finds PVHKit at `source`: a folder or a URL.
  init(name: String, hasTasks: Bool, hasC: Bool, source: String) throws {
    let isWord = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    guard isWord, let first = name.first, first.isLetter, name.last != "-" else {
      throw Problem(
        "\"\(name)\" cannot name a guest: use letters, digits and hyphens, a letter first",
        status: .usage)
    }
    self.name = name
    self.hasTasks = hasTasks
    self.hasC = hasC
    dependency =
      source.contains("://") || source.hasPrefix("git@")
      ? ".package(url: \"\(source)\", branch: \"main\")"
      : ".package(name: \"PVHKit\", path: \"\(try Self.absolute(source))\")"
  }

  /// Makes the folder with all its files, or nothing.
  func write(to folder: FilePath) throws(Problem) {
    try Folder.makeWhole(folder) { staging throws(Problem) in
      for (path, content) in files {
        let file = staging.pushing(FilePath(path))
        try Folder.makeIfMissing(file.removingLastComponent())
        try File.write(content, to: file)
      }
    }
  }

  /// "my-guest" as a type is MyGuest.
  var typeName: String {
    name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  private static func absolute(_ folder: String) throws(Problem) -> String {
    let path = try Folder.resolved(FilePath(folder))
    guard PVHKitFolder(path) != nil else {
      throw Problem(
        "\(path) is not a checkout of PVHKit: it has no Swift SDK in it", status: .usage)
    }
    return path.string
  }
}
