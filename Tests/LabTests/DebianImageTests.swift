// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import SystemPackage
import Testing

@testable import XenLab

/// Kernels, boot loaders and firmware out of Debian's packages, which nobody here has built.
@Suite(.lab, .enabled("needs packages of Debian: run tools/test") { DebianImage.areThere })
struct DebianImageTests {
  @Test(arguments: DebianImage.all) func hasTheExpectedVerdict(image: DebianImage) throws {
    let file = try image.extracted()
    let check = try PVHCommand("check", file.path).finish()
    #expect(check.status == image.status, "\(check.text)\(check.errors)")
    for text in image.texts { #expect(check.text.contains(text), "\(check.text)") }
    let inspect = try PVHCommand("inspect", "--json", file.path).finish()
    let object = try JSONSerialization.jsonObject(with: inspect.output) as? [String: Any]
    #expect(object?["schema"] as? Int == 1)
    #expect(inspect.status == (image.status == 126 ? 126 : 0))
  }

  /// GRUB draws its prompt, and Tab reaches it.
  @Test(.onceOnly) func grubTakesKeys() throws {
    let grub = try #require(DebianImage.all.first { $0.path.hasSuffix("i386-xen_pvh.bin") })
    let file = try grub.extracted()
    let run = try TerminalRun(["run", file.path, "--on", "lab", "--timeout", "300"])
    try #require(run.waitUntilItShows("grub> "), "\(run.screen)")
    // Without the key the command would have no name.
    run.type("hal\t\r")
    #expect(run.finish() == 0, "\(run.screen)")
    #expect(run.isAsShellsLeaveIt)
  }
}

/// A file in a package, and what `pvh check` makes of it.
struct DebianImage: CustomTestStringConvertible, Sendable {
  /// The folder of the cache with the package, and how its name begins.
  let package: (folder: String, start: String)
  /// How the file's path in the package begins.
  let path: String
  let status: Int32
  /// What the answer says.
  let texts: [String]

  var testDescription: String { path }

  private static let release = (try? XenRelease.fromEnvironment()) ?? .ofThisMachine
  private static let xen = release.version
  private static let packages = "packages/xen-\(xen)/archives"

  static let all = [
    DebianImage((packages, "linux-image-6"), "boot/vmlinuz-", 0, ["xl, libxl: boots\n"]),
    DebianImage(
      (packages, "xen-utils-4"), "usr/lib/xen-\(xen)/boot/xen-shim", 0,
      ["xl, libxl: boots\n"]),
    DebianImage(
      (packages, "xen-utils-4"), "usr/lib/xen-\(xen)/boot/hvmloader", 1,
      ["[no-pvh-note]", "like firmware"]),
    DebianImage(
      (packages, "xen-hypervisor-4"), "boot/xen-\(xen)-amd64.gz", 1, ["[no-pvh-note]"]),
    DebianImage(
      (packages, "xen-hypervisor-4"), "boot/xen-\(xen)-amd64.efi", 126,
      ["EFI program"]),
    DebianImage(
      ("images", "grub-xen-host"), "usr/lib/grub-xen/grub-i386-xen_pvh.bin", 0,
      ["xl, libxl: boots\n"]),
    DebianImage(
      ("images", "grub-xen-host"), "usr/lib/grub-xen/grub-x86_64-xen.bin", 1,
      ["built for PV domains", "CONFIG_PVH"]),
    DebianImage(("images", "memtest86+"), "boot/memtest86+x64.bin", 126, ["[damaged-packing]"]),
  ]

  private init(
    _ package: (folder: String, start: String), _ path: String, _ status: Int32, _ texts: [String]
  ) {
    (self.package, self.path, self.status, self.texts) = (package, path, status, texts)
  }

  /// Whether all packages are in the cache.
  static var areThere: Bool { all.allSatisfy { $0.archive != nil } }

  private var archive: FilePath? {
    let folder = LabCache.standard.root.appending(package.folder)
    return FileTree.names(in: folder).first { $0.hasPrefix(package.start) }.map(folder.appending)
  }

  /// The file on disk, in a folder that goes with it.
  func extracted() throws -> (path: String, folder: ScratchFolder) {
    var files = PackageFiles()
    let extraction = PackageExtraction(package: try #require(archive))
    try extraction.take(into: &files, Interrupts()) { $0.hasPrefix(path) }
    let name = try #require(files.nodes.keys.first)
    let folder = try ScratchFolder()
    let last = name.split(separator: "/").last.map(String.init)
    return (try folder.file(last ?? "image", Data(try #require(files[name]))), folder)
  }
}
