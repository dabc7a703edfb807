// SPDX-License-Identifier: Apache-2.0

import HostSystem
import SystemPackage

/// A folder of `.deb` files, made into an archive that APT reads.
///
/// `dpkg-scanpackages` would do it, and needs a package of developers that few machines have.
struct PackageFolder {
  /// The files.
  let folder: FilePath
  private let names: [String]

  /// - Throws: `LabError.badPackageFolder` if it has no packages.
  init(_ folder: FilePath) throws(LabError) {
    guard FileTree.exists(folder) else {
      throw .badPackageFolder(folder, what: "it does not exist")
    }
    names = FileTree.names(in: folder).filter { $0.hasSuffix(".deb") }.sorted()
    self.folder = folder
    guard !names.isEmpty else { throw .badPackageFolder(folder, what: "it has no .deb files") }
  }

  /// Makes a folder with links to the packages, and the list of them.
  func makeArchive(
    at target: FilePath, _ interrupts: borrowing Interrupts
  ) throws(LabError) {
    try FileTree.remove(target)
    try FileTree.makeFolder(target)
    var list = ""
    for name in names {
      let package = folder.appending(name)
      let control: [UInt8]
      do throws(LabError) {
        control = try Command(tool: .dpkgDeb, arguments: ["--field", package.string])
          .output(interrupts)
      } catch .commandFailed(_, _, let output) {
        throw .badPackageFolder(folder, what: "\(name) is no package: \(output)")
      }
      let sum = try Command(tool: .sha256sum, arguments: [package.string]).output(interrupts)
      let file = try attempt("open", package) {
        try FileDescriptor.open(package, .readOnly, options: .closeOnExec)
      }
      defer { try? file.close() }
      let size = try attempt("seek", package) { try file.seek(offset: 0, from: .end) }
      list += String(decoding: control, as: UTF8.self)
      list += "Filename: ./\(name)\nSize: \(size)\n"
      list += "SHA256: \(String(decoding: sum.prefix { $0 != 0x20 }, as: UTF8.self))\n\n"
      try attempt("symlink", target.appending(name)) {
        try Directory.link(target.appending(name), to: package)
      }
    }
    try FileTree.write(Array(list.utf8), to: target.appending("Packages"))
  }
}
