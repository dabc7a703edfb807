// SPDX-License-Identifier: Apache-2.0
import SystemPackage

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
