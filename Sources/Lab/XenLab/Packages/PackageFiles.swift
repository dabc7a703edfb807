// SPDX-License-Identifier: Apache-2.0

import HostSystem
import SystemPackage

/// Files taken out of packages, by their path without a leading slash.
struct PackageFiles {
  enum Node: Equatable {
    case file([UInt8])
    case symbolicLink(to: String)
  }

  private(set) var nodes: [String: Node] = [:]

  mutating func add(_ node: Node, at path: String) { nodes[path] = node }

  /// The content at a path, through symbolic links.
  subscript(path: String) -> [UInt8]? {
    var path = path
    // As many steps as the kernel would take; a loop ends here.
    for _ in 0..<40 {
      switch nodes[path] ?? nodes[PackageFiles.merged(path)] {
      case .file(let bytes): return bytes
      case .symbolicLink(let target):
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        path = PackageFiles.normalized(target.hasPrefix("/") ? target : folder + "/" + target)
      case nil: return nil
      }
    }
    return nil
  }

  /// The paths of all files in a folder, which ends in a slash, and below it.
  func paths(under folder: String) -> [String] {
    nodes.keys.filter { $0.hasPrefix(folder) }.sorted()
  }

  /// The first of several paths that exists.
  func first(_ paths: [String]) -> [UInt8]? {
    for path in paths {
      if let bytes = self[path] { return bytes }
    }
    return nil
  }

  /// Resolves `.` and `..`, and drops leading and doubled slashes.
  static func normalized(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return parts.joined(separator: "/")
  }

  /// The same place under the other spelling: `/lib` and `/usr/lib` are one folder on Debian.
  private static func merged(_ path: String) -> String {
    path.hasPrefix("usr/") ? String(path.dropFirst(4)) : "usr/" + path
  }
}

/// Takes chosen files out of a package without unpacking the others.
struct PackageExtraction {
  let package: FilePath

  /// Reads the package once, giving each entry to `visit`, which may take its content.
  func forEach(
    _ interrupts: borrowing Interrupts,
    visit: (TarReader.Entry, () throws(LabError) -> [UInt8]) throws(LabError) -> Void
  ) throws(LabError) {
    let command = Command(tool: .dpkgDeb, arguments: ["--fsys-tarfile", package.string])
    try command.run(interrupts) { (pipe: FileDescriptor) throws(LabError) in
      let name = package.lastComponent?.string ?? package.string
      var reader = TarReader(name: name) { (buffer) throws(LabError) in
        try attempt("read", package) { try pipe.read(into: buffer) }
      }
      while let entry = try reader.next() {
        try interrupts.check()
        try visit(entry) { () throws(LabError) in try reader.contents() }
      }
      // dpkg-deb pads the archive; reading on spares it a broken pipe.
      var rest = [UInt8](repeating: 0, count: 1 << 16)
      while try attempt(
        "read", package, { try rest.withUnsafeMutableBytes { try pipe.read(into: $0) } })
        > 0
      {}
    }
  }

  /// Adds the files whose path `wanted` accepts to `files`.
  func take(
    into files: inout PackageFiles, _ interrupts: borrowing Interrupts,
    where wanted: (String) -> Bool
  ) throws(LabError) {
    var taken = files
    try forEach(interrupts) { (entry, contents) throws(LabError) in
      guard wanted(entry.path) else { return }
      switch entry.kind {
      case .file: taken.add(.file(try contents()), at: entry.path)
      case .symbolicLink(let target): taken.add(.symbolicLink(to: target), at: entry.path)
      // A second name of a file that came before.
      case .hardLink(let target): taken.add(.symbolicLink(to: "/" + target), at: entry.path)
      case .other: break
      }
    }
    files = taken
  }
}

/// Unpacks files with the machine's own tools.
enum Decompression {
  /// The plain content of a file whose name may end in `.gz` or `.xz`.
  static func plain(
    _ packed: [UInt8], path: String, _ interrupts: borrowing Interrupts
  ) throws(LabError) -> [UInt8] {
    let tool: Tool
    switch path {
    case _ where path.hasSuffix(".gz"): tool = .gzip
    case _ where path.hasSuffix(".xz"): tool = .xz
    default: return packed
    }
    let input = try MemoryFile.make(name: "packed")
    try attempt("write", FilePath(path)) { _ = try input.descriptor.writeAll(packed) }
    // The tool cannot inherit a position, so it opens the memory file by its name.
    let command = Command(
      tool: tool, arguments: ["-dc", "--force", "/proc/self/fd/\(input.descriptor.rawValue)"],
      inherited: [input.descriptor])
    return try command.output(interrupts)
  }
}

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
