// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import SystemPackage

@testable import XenLab

/// A program of Debian's with the libraries that it needs, to be carried into the control domain of a lab, which has
/// none that only tests want.
struct DebianProgram {
  /// An archive (C name: `cpio`) that makes `/opt/NAME` in dom0, and NAME a program that is found.
  private let archive: Data
  let name: String

  /// Takes a program, such as `usr/bin/curl`, out of a package of the lab's release and those that the package
  /// depends on. They are fetched once, and kept with the lab's.
  init(_ path: String, of package: String) throws {
    name = path.split(separator: "/").last.map(String.init) ?? path
    let folder = LabCache.standard.packages(of: try .fromEnvironment())
    let interrupts = try Interrupts()
    // The lists are there since the template was made.
    let apt = AptConfiguration(folder: folder, sources: nil)
    let store = folder.appending("of-tests")
    try FileTree.makeFolder(store)
    let lines = try apt.command(.aptGet, ["install", "-qq", "--print-uris", package])
      .output(interrupts)
    let packages = String(decoding: lines, as: UTF8.self).split(separator: "\n")
      .compactMap { DebianPackage(uriLine: $0) }
    let present = Set(FileTree.names(in: store))
    let missing = packages.filter { !present.contains($0.file) }
    if !missing.isEmpty {
      _ = try apt.command(.aptGet, ["download", "-qq"] + missing.map(\.request), in: store)
        .output(interrupts)
    }
    var files = PackageFiles()
    for package in packages {
      try PackageExtraction(package: store.appending(package.file)).take(into: &files, interrupts) {
        // The program may be a link to one of a longer name beside it.
        $0.hasPrefix(path) || $0.contains("lib/")
      }
    }
    guard let program = files[path] else { throw CocoaError(.fileNoSuchFile) }
    var closure = LibraryClosure()
    try closure.add(program: program, name: path, from: files)
    let loader = "ld-linux-x86-64.so.2"
    guard let start = files.first(["lib64/\(loader)", "usr/lib/x86_64-linux-gnu/\(loader)"]) else {
      throw CocoaError(.fileNoSuchFile)
    }
    var content = CpioArchive()
    content.addFolder("opt/\(name)/lib")
    content.addFile("opt/\(name)/\(name)", program, mode: 0o755)
    content.addFile("opt/\(name)/\(loader)", start, mode: 0o755)
    for (library, bytes) in closure.libraries {
      content.addFile("opt/\(name)/lib/\(library)", bytes, mode: 0o755)
    }
    // With its own loader and libraries, whatever dom0's are.
    content.addFile(
      "bin/\(name)",
      Array(
        """
        #!/bin/sh
        exec /opt/\(name)/\(loader) --library-path /opt/\(name)/lib /opt/\(name)/\(name) "$@"

        """.utf8), mode: 0o755)
    archive = Data(content.finished())
  }

  /// Puts it into dom0, where it is found by its name.
  func carry(into lab: DetachedLab) throws {
    let folder = try ScratchFolder()
    let file = try folder.file("\(name).cpio", archive)
    try lab.copy(file, to: "/tmp/\(name).cpio")
    let result = try lab.pvh(
      "lab", "exec", lab.name, "--", "sh", "-c",
      "cd / && cpio -idu </tmp/\(name).cpio 2>/dev/null; rm /tmp/\(name).cpio; which \(name)")
    guard result.text.contains(name) else { throw CocoaError(.fileWriteUnknown) }
  }
}
