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
