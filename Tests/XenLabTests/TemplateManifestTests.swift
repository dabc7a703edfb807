// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import HostSystem
import SystemPackage
import Testing

@testable import XenLab

@Suite struct TemplateManifestTests {
  private static let manifest = TemplateManifest(
    xen: "4.17", xenPackage: "4.17.5-1", kernelPackage: "linux-image 6.1", xenstore: .oxenstored,
    recipe: "abc", qemu: .init(version: "7.2", size: 1, modified: 2), created: 3, memorySize: 4,
    memorySamples: [.init(offset: 4096, sum: .max)], stateSize: 5, stateSum: 1 << 63)

  /// Writes `bytes` to a file that lives as long as `body` runs.
  private static func withFile(_ bytes: [UInt8], _ body: (FilePath) throws -> Void) throws {
    let file = try MemoryFile(name: "manifest", content: bytes)
    try body(FilePath("/proc/self/fd/\(file.descriptor.rawValue)"))
  }

  @Test func survivesARoundTrip() throws {
    try Self.withFile(Self.manifest.encoded()) { (path) throws in
      #expect(try TemplateManifest.read(path) == Self.manifest)
    }
  }

  @Test func refusesCutAndForeignFiles() throws {
    let bytes = Self.manifest.encoded()
    for bad in [[], Array(bytes.prefix(bytes.count / 2)), Array("{}".utf8)] {
      try Self.withFile(bad) { (path) throws in
        #expect(throws: LabError.damagedTemplate(file: path, what: "not the JSON that pvh writes"))
        {
          try TemplateManifest.read(path)
        }
      }
    }
  }

  @Test func refusesAnotherFormat() throws {
    var manifest = Self.manifest
    manifest.format = 99
    try Self.withFile(manifest.encoded()) { (path) throws in
      #expect(throws: LabError.self) { try TemplateManifest.read(path) }
    }
  }

  @Test func keyFollowsTheContents() {
    var other = Self.manifest
    other.created += 1
    #expect(other.key == Self.manifest.key)
    other.kernelPackage += "1"
    #expect(other.key != Self.manifest.key)
  }

  @Test func recipeFollowsWhatShapesTheTemplate() throws {
    func fingerprint(
      _ release: XenRelease = .ofThisMachine, _ xenstore: XenstoreDaemon = .xenstored
    ) -> String {
      Recipe(release: release, xenstore: xenstore).fingerprint
    }
    #expect(fingerprint() == fingerprint())
    let other = try XenRelease(named: "4.19")
    #expect(fingerprint() != fingerprint(other))
    #expect(fingerprint() != fingerprint(.ofThisMachine, .oxenstored))
  }
}
