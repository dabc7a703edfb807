// SPDX-License-Identifier: Apache-2.0

import Foundation
import PVHImage
import Testing
import XenABI

/// The note in which an image says what domain it wants.
@Suite struct ManifestTests {
  static let full = {
    var manifest = Manifest(name: "web")
    manifest.leastMemoryKiB = 2048
    manifest.wishedMemoryKiB = 8192
    manifest.vcpus = 2
    manifest.commandLine = "port=80 \"é\""
    manifest.devices = ["console", "xenstore"]
    manifest.runtime = "PVHKit"
    manifest.abi = 1
    return manifest
  }()

  @Test(arguments: ELFWriter.both, [full, Manifest(name: "x")])
  func readsWhatWasPut(writer: ELFWriter, manifest: Manifest) throws {
    let file = try EditedFile(writer)
    try manifest.put(into: file.path)
    let image = try read(file.bytes)
    #expect(image.manifest == .present(manifest))
    #expect(image.entry?.address.rawValue == 0x10_0010)
    for launcher in Launcher.allCases { #expect(image.findings(for: launcher).isEmpty) }
    #expect(try file.bytes.prefix(file.original.count).dropFirst(64) == file.original.dropFirst(64))
  }

  @Test func refusesMoreThanReadersTake() throws {
    let file = try EditedFile(.wide)
    var manifest = Self.full
    manifest.commandLine = String(repeating: "x", count: 1024)
    #expect(throws: EditError.self) { try manifest.put(into: file.path) }
    #expect(try file.bytes == file.original)
  }

  @Test func refusesASecondOne() throws {
    let file = try EditedFile(.wide)
    try Self.full.put(into: file.path)
    let once = try file.bytes
    #expect(throws: EditError.hasManifest) { try Manifest(name: "x").put(into: file.path) }
    #expect(try file.bytes == once)
  }

  @Test func anImageWithoutOneHasNone() throws {
    #expect(try ELFWriter.wide.read().manifest == .absent)
  }

  @Test(arguments: ["", "{", "{}", "[]", "{\"name\":1}", "{\"name\":\"x\",\"vcpus\":\"two\"}"])
  func namesADamagedOne(text: String) throws {
    let image = try withManifest(Array(text.utf8)).read()
    #expect(image.problems().map(\.rule) == [.damagedManifest])
    #expect(image.boots(with: .xl))
  }

  @Test func ignoresFieldsOfLaterVersions() throws {
    let image = try withManifest(Array("{\"name\":\"x\",\"colour\":\"red\"}".utf8)).read()
    #expect(image.manifest == .present(Manifest(name: "x")))
  }

  @Test(arguments: [
    (#"{"name":"x","wishedMemoryKiB":8193,"leastMemoryKiB":1}"#, 0, 9),
    (#"{"name":"x","leastMemoryKiB":2048}"#, 0, 2),
    (#"{"name":"x","leastMemoryKiB":4}"#, 64 << 20, 66),
    (#"{"name":"x"}"#, 0, 16),
    (#"{"name":"x"}"#, 64 << 20, 74),
    (#"{"name":"x","wishedMemoryKiB":18446744073709551615}"#, 0, 1 << 24 + 1),
  ])
  func saysHowMuchMemoryIsUsual(text: String, module: UInt64, mebibytes: UInt64) throws {
    let image = try withManifest(Array(text.utf8)).read()
    #expect(image.usualMemory(moduleBytes: [module]) == mebibytes)
  }

  /// Linux unpacks its initial RAM disk into a file system that takes half of the memory at most.
  @Test(arguments: [(0, 34), (1 << 20, 47), (20 << 20, 294)] as [(UInt64, UInt64)])
  func linuxGetsMemoryForWhatItUnpacks(module: UInt64, mebibytes: UInt64) throws {
    let linux = try ELFWriter.wide.with { writer in
      writer.notes.append(.string(6, "linux"))
      writer.segments[0].fileSize = UInt64(writer.notes.flatMap(\.bytes).count)
    }.read()
    let modules = module == 0 ? [] : [module]
    #expect(linux.usualMemory(moduleBytes: modules) == mebibytes)
    #expect(linux.usualMemory(moduleBytes: [.max]) > 1 << 24)
  }

  private func withManifest(_ descriptor: [UInt8]) -> ELFWriter {
    ELFWriter.wide.with { writer in
      writer.notes.append(
        TestNote(owner: Array("PVHKit".utf8) + [0], type: 1, descriptor: descriptor))
      writer.segments[0].fileSize = UInt64(writer.notes.flatMap(\.bytes).count)
    }
  }
}
