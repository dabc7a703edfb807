// SPDX-License-Identifier: Apache-2.0

import ELFZoo
import Foundation
import PVHImage
import Testing

/// The zoo's verdicts are those of `pvh check`, of libxenguest, and of QEMU.
@Suite struct ZooTests {
  @Test func namesAreDifferent() {
    #expect(Set(ZooImage.all.map(\.name)).count == ZooImage.all.count)
    #expect(ZooImage.all.count >= 30)
  }

  @Test(arguments: ZooImage.all)
  func isSaidInSentences(image: ZooImage) {
    #expect(image.oddity.hasSuffix("."))
    for verdict in [image.xl, image.qemu, image.linuxLoader] {
      #expect(!verdict.reason.isEmpty && !verdict.reason.hasSuffix("."))
      #expect(!verdict.source.isEmpty)
      #expect((verdict.outcome == .refused) ? verdict.line == nil : true)
      #expect((verdict.outcome == .boots) ? verdict.line != nil : true)
    }
  }

  @Test(arguments: ZooImage.all)
  func isTheSameEachTime(image: ZooImage) {
    #expect(image.bytes == image.bytes)
  }

  @Test(arguments: ZooImage.all)
  func checkAgrees(image: ZooImage) throws {
    #expect(try ours(image, .xl) == image.xl.outcome)
    #expect(try ours(image, .qemu) == image.qemu.outcome)
  }

  @Test(arguments: ZooImage.all)
  func libxenguestAgrees(image: ZooImage) throws {
    let oracle = Oracle(image.bytes, mebibytes: image.memoryMiB)
    // A 32-bit file without a note starts like firmware, which is no PVH boot.
    let isRefused = oracle.isRefusal || oracle.isFirmware
    #expect(isRefused == (image.xl.outcome == .refused), "\(oracle.message)")
  }

  /// What we say of an image, in the zoo's words.
  private func ours(_ image: ZooImage, _ launcher: Launcher) throws -> ZooVerdict.Outcome {
    let checked: PVHImage
    do throws(ImageError) {
      checked = try read(image.bytes)
    } catch {
      return .refused
    }
    let effects = checked.findings(for: launcher, memoryKiB: UInt64(image.memoryMiB) << 10)
      .map(\.effect)
    if effects.contains(.unreadable) || effects.contains(.refused) { return .refused }
    return effects.contains(.misbehaves) ? .misbehaves : .boots
  }

  @Test(
    .enabled("needs QEMU") { FileManager.default.isExecutableFile(atPath: PlainQEMU.program) },
    arguments: ZooImage.all)
  func qemuAgrees(image: ZooImage) throws {
    let run = try PlainQEMU(image.bytes, memoryMiB: image.memoryMiB, patience: 10)
    let printed = image.qemu.line.map { "\(image.name): \($0.rawValue)\n" } ?? ""
    #expect(run.debugPort == printed, "\(run)")
    switch image.qemu.outcome {
    case .refused: #expect(run.refuses, "\(run)")
    case .boots: #expect(run.status == 1, "\(run)")
    case .misbehaves: #expect(!run.refuses, "\(run)")
    }
  }

  /// The program's bytes are those of its source.
  @Test func theProgramIsItsSource() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "pvhkit-zoo-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let source = URL(filePath: #filePath).appending(path: "../../Guests/bare/zoo.S")
    let object = folder.appending(path: "zoo.o").path
    let plain = folder.appending(path: "zoo.bin").path
    try tool("clang", "--target=i686-none-elf", "-c", source.standardizedFileURL.path, "-o", object)
    try tool("llvm-objcopy", "-O", "binary", "-j", ".text", object, plain)
    #expect(Array(try Data(contentsOf: URL(filePath: plain))) == ZooImage.programCode)
  }

  private func tool(_ arguments: String...) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }
}
