// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SystemPackage

/// `pvh build`: images of a package's guests.
struct BuildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Builds the guests of a package into PVH images.",
    discussion: "An image is put into .build/pvh/NAME.pvh, after it was checked.")

  @OptionGroup var package: PackageOptions

  func run() throws {
    for image in try package.build() { try Terminal.write(image.summary) }
  }
}

/// Which package, and which of its guests.
struct PackageOptions: ParsableArguments {
  @Option(name: .customLong("package-path"), help: "The package's folder.")
  var folder = "."

  @Option(help: "Only this guest of the package.")
  var product: String?

  /// Builds what the options name; a quiet build shows errors only.
  func build(isQuiet: Bool = false) throws(Problem) -> [BuiltImage] {
    let package = try GuestPackage(at: FilePath(folder))
    return try package.guests(named: product).map { guest throws(Problem) in
      try package.build(guest, isQuiet: isQuiet)
    }
  }
}
