// SPDX-License-Identifier: Apache-2.0

import HostSystem
import SystemPackage

/// Where the fixtures are: in a checkout, or unpacked from an archive.
struct FixtureFolder {
  private let path: FilePath

  /// The folder that was named, or that of the checkout around this program.
  init(_ given: FilePath?) throws(Problem) {
    if let given {
      path = given
    } else if let kit = PVHKitFolder.aroundThisProgram {
      path = kit.path.appending("guest-runtime").appending("Fixtures")
    } else {
      throw Problem(
        "this pvh lies in no checkout of PVHKit, so the fixtures have to be named: --fixtures FOLDER",
        status: .usage)
    }
    guard File.exists(path) else {
      throw Problem("there is no folder \(path); name that of the fixtures", status: .usage)
    }
  }

  /// The image of a fixture.
  func image(_ name: String) throws(Problem) -> FilePath {
    guard let found = first([".build/pvh/\(name).pvh", "\(name).pvh", "elf/\(name).elf"]) else {
      throw Problem(
        "\(path) has no image of \(name); build it: pvh build --package-path \(path) --product \(name)",
        status: .usage)
    }
    return found
  }

  /// A script for the control domain.
  func script(_ name: String) throws(Problem) -> String {
    guard let found = first(["dom0/\(name)", "bin/\(name)", name]) else {
      throw Problem("\(path) has no script \(name), which belongs to the fixtures", status: .usage)
    }
    return String(decoding: try File.read(found, limit: 64 << 10), as: UTF8.self)
  }

  /// What the known subjects of a suite answered; none where there is no folder of them.
  func profiles(of suite: String) throws(Problem) -> [ConformanceProfile] {
    let folder = path.appending("profiles").appending(suite)
    guard File.exists(folder) else { return [] }
    var profiles: [ConformanceProfile] = []
    for name in Directory.names(in: folder).sorted() where name.hasSuffix(".json") {
      let file = folder.appending(name)
      profiles.append(
        try ConformanceProfile(
          named: String(name.dropLast(5)), try File.read(file, limit: 1 << 20), file: file))
    }
    return profiles
  }

  private func first(_ names: [String]) -> FilePath? {
    names.map { path.pushing(FilePath($0)) }.first { File.exists($0) }
  }
}
