// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SystemPackage

/// `pvh new`: a package that builds, runs and passes its tests unchanged.
struct NewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Makes a package for a new guest.",
    discussion: """
      The package has three targets: what the guest does, as Swift that runs anywhere; the guest itself; and \
      tests of both. swift test calls the first on this machine, and boots the second where there is a lab.

      Then: cd NAME && pvh run, and swift test
      """)

  @Argument(help: "The guest's name, and its folder's: letters, digits and hyphens.")
  var name: String

  @Flag(name: .customLong("tasks"), help: "A guest with async and await.")
  var hasTasks = false

  @Flag(name: .customLong("c"), help: "A guest with a target in C, beside the Swift.")
  var hasC = false

  @Option(
    name: .customLong("pvhkit"),
    help: "Where the package finds PVHKit: a folder or a URL. Default: where pvh was built.")
  var source: String?

  func run() throws {
    let template = try PackageTemplate(
      name: name, hasTasks: hasTasks, hasC: hasC, source: try source ?? Self.ownSource())
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
