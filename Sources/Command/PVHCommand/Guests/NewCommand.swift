// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SystemPackage

/// `pvh new`: a package that builds and runs unchanged.
struct NewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Makes a package for a new guest.",
    discussion: "Then: cd NAME && pvh run")

  @Argument(help: "The guest's name, and its folder's: letters, digits and hyphens.")
  var name: String

  @Flag(name: .customLong("tasks"), help: "A guest with async and await.")
  var hasTasks = false

  @Option(
    name: .customLong("pvhkit"),
    help: "Where the package finds PVHKit: a folder or a URL. Default: where pvh was built.")
  var source: String?

  func run() throws {
    let template = try PackageTemplate(
      name: name, hasTasks: hasTasks, source: try source ?? Self.ownSource())
    try template.write(to: FilePath(name))
    try Terminal.write("\(name): a new guest. Next: cd \(name) && pvh run")
  }

  /// The checkout that this pvh was built in.
  private static func ownSource() throws -> String {
    guard let folder = PVHKitFolder.aroundThisProgram else {
      throw Problem(
        "this pvh does not lie in a checkout of PVHKit, so the new package would not find it; "
          + "say where it is: --pvhkit FOLDER-OR-URL", status: .usage)
    }
    return folder.path.string
  }
}

/// The files of a new guest's package.
struct PackageTemplate {
  let name: String
  /// Whether the guest has tasks.
  private let hasTasks: Bool
  /// The manifest's dependency on PVHKit, in Swift.
  private let dependency: String

  /// The package of a guest, which finds PVHKit at `source`: a folder or a URL.
  init(name: String, hasTasks: Bool, source: String) throws {
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
    dependency =
      source.contains("://") || source.hasPrefix("git@")
      ? ".package(url: \"\(source)\", branch: \"main\")"
      : ".package(name: \"PVHKit\", path: \"\(try Self.absolute(source))\")"
  }

  /// Makes the folder with all its files, or nothing.
  func write(to folder: FilePath) throws(Problem) {
    try Folder.makeWhole(folder) { staging throws(Problem) in
      let sources = staging.appending("Sources").appending(name)
      try Folder.make(staging.appending("Sources"))
      try Folder.make(sources)
      try File.write(manifest, to: staging.appending("Package.swift"))
      try File.write(".build/\nPackage.resolved\n", to: staging.appending(".gitignore"))
      try File.write(program, to: sources.appending("\(typeName).swift"))
    }
  }

  /// "my-guest" as a type is MyGuest.
  private var typeName: String {
    name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  private var product: String { hasTasks ? "GuestConcurrency" : "GuestRuntime" }

  private var manifest: String {
    """
    // swift-tools-version: 6.2
    import PackageDescription

    let package = Package(
      name: "\(name)",
      dependencies: [
        \(dependency)
      ],
      targets: [
        .executableTarget(
          name: "\(name)",
          dependencies: [.product(name: "\(product)", package: "PVHKit")])
      ]
    )

    """
  }

  private var program: String {
    """
    import \(product)

    @main
    struct \(typeName): \(hasTasks ? "AsyncAppliance" : "Appliance") {
      func run(_ guest: borrowing Guest) \(hasTasks ? "async " : "")throws(GuestError) {
        guest.console.print("hello from domain \\(guest.domainID)\\n")
      }
    }

    """
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
