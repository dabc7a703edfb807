// SPDX-License-Identifier: Apache-2.0

/// All libraries that a set of programs needs, and those that the libraries need.
struct LibraryClosure {
  /// Contents by the name that the loader looks for.
  private(set) var libraries: [String: [UInt8]] = [:]

  private static let folders = ["usr/lib/x86_64-linux-gnu", "usr/lib"]

  /// Adds what `program` needs; a script needs nothing.
  mutating func add(
    program: [UInt8], name: String, from files: PackageFiles
  ) throws(LabError) {
    var pending = try needs(of: program, name: name)
    while let (library, user) = pending.popLast() {
      // The loader itself has a place of its own in the image.
      if libraries[library] != nil || library.hasPrefix("ld-linux") { continue }
      guard let bytes = files.first(Self.folders.map { "\($0)/\(library)" }) else {
        throw .fileNotInPackages(name: library, neededBy: user)
      }
      libraries[library] = bytes
      pending += try needs(of: bytes, name: library)
    }
  }

  /// Adds a library that some program will need which is not in the packages.
  mutating func add(library: String, from files: PackageFiles) throws(LabError) {
    guard let bytes = files.first(Self.folders.map { "\($0)/\(library)" }) else {
      throw .fileNotInPackages(name: library, neededBy: "the agent")
    }
    libraries[library] = bytes
    try add(program: bytes, name: library, from: files)
  }

  private func needs(
    of program: [UInt8], name: String
  ) throws(LabError) -> [(library: String, user: String)] {
    guard let file = ElfFile(program, name: name) else { return [] }
    return try file.neededLibraries().map { ($0, name) }
  }
}
