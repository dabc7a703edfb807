// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import SystemPackage
import Testing

@testable import XenLab

/// Programs of Debian's with the libraries that they need, to be carried into the control domain of a lab, which has
/// none that only tests want.
struct DebianProgram {
  /// An archive (C name: `cpio`) that makes `/opt/NAME` in dom0, and each program one that is found.
  private let archive: Data
  /// The first program's name.
  let name: String

  /// Takes one program, such as `usr/bin/curl`, out of a package.
  init(_ path: String, of package: String) throws { try self.init([path], of: [package]) }

  /// Takes programs out of packages of the lab's release and those that these depend on. They are fetched once, and
  /// kept with the lab's. `plugins` are libraries that a program loads by their names, for `/opt/NAME/plugins`; `data`
  /// are folders that keep their paths.
  init(
    _ paths: [String], of wanted: [String], plugins: [String] = [], data: [String] = []
  ) throws {
    name = try #require(paths.first).name
    let folder = LabCache.standard.packages(of: try .fromEnvironment())
    let interrupts = try Interrupts()
    // The lists are there since the template was made.
    let apt = AptConfiguration(folder: folder, sources: nil)
    let store = folder.appending("of-tests")
    try FileTree.makeFolder(store)
    let lines = try apt.command(.aptGet, ["install", "-qq", "--print-uris"] + wanted)
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
        file in
        // A program may be a link to one of a longer name beside it.
        (paths + data).contains { file.hasPrefix($0) } || file.contains("lib/")
      }
    }
    var closure = LibraryClosure()
    for path in paths + plugins {
      try closure.add(program: try #require(files[path], "\(path)"), name: path, from: files)
    }
    let loader = "ld-linux-x86-64.so.2"
    guard let start = files.first(["lib64/\(loader)", "usr/lib/x86_64-linux-gnu/\(loader)"]) else {
      throw CocoaError(.fileNoSuchFile)
    }
    var content = CpioArchive()
    for folder in ["lib", "plugins"] { content.addFolder("opt/\(name)/\(folder)") }
    for plugin in plugins {
      content.addFile(
        "opt/\(name)/plugins/\(plugin.name)", try #require(files[plugin]), mode: 0o755)
    }
    for path in data.flatMap({ files.paths(under: $0) }) {
      content.addFile(path, try #require(files[path]))
    }
    content.addFile("opt/\(name)/\(loader)", start, mode: 0o755)
    for (library, bytes) in closure.libraries {
      content.addFile("opt/\(name)/lib/\(library)", bytes, mode: 0o755)
    }
    for path in paths {
      content.addFile("opt/\(name)/\(path.name)", try #require(files[path]), mode: 0o755)
      // With its own loader and libraries, whatever dom0's are.
      content.addFile(
        "bin/\(path.name)",
        Array(
          """
          #!/bin/sh
          exec /opt/\(name)/\(loader) --library-path /opt/\(name)/lib /opt/\(name)/\(path.name) "$@"

          """.utf8), mode: 0o755)
    }
    archive = Data(content.finished())
  }

  /// Puts them into dom0, where they are found by their names.
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

extension String {
  /// The last part of a path.
  fileprivate var name: String { split(separator: "/").last.map(String.init) ?? self }
}
