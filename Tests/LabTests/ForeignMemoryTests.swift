// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import CommandFixture
import Foundation
import Testing
import XenDomainModel

@testable import XenLab

/// Memory of guests of others: how much they get if nobody says it, and segments that Xen does not load.
@Suite(.lab) struct ForeignMemoryTests {
  /// The RAM disk that Linux unpacks is four times as large as the packed one, and fills at most half of
  /// the memory.
  @Test(.enabled("runs with xenstored only") { try XenstoreDaemon.fromEnvironment() == .xenstored })
  func linuxHasRoomForItsRAMDisk() throws {
    let linux = try LinuxGuest()
    let folder = try ScratchFolder()
    var archive = CpioArchive()
    archive.addFile("filler", try Self.filler(mebibytes: 80), mode: 0o644)
    let plain = try folder.file("filler", Data(archive.finished()))
    let gzip = try PVHCommand(
      ["gzip", "-1", "-c", plain], program: URL(filePath: "/usr/bin/env")
    ).finish()
    try #require((20 << 20..<24 << 20).contains(gzip.output.count))
    // Linux unpacks one archive after the other.
    let disk = try Data(contentsOf: URL(filePath: linux.initrd)) + gzip.output
    let large = try folder.file("initrd", disk)
    for module in [linux.initrd, large] {
      let result = try PVHCommand(
        "run", linux.kernel, "--module", module, "--on", "lab", "--cmdline",
        "console=hvc0 do=report", "--timeout", "200"
      ).finish()
      #expect(result.status == 0, "\(result.text)\(result.errors)")
      #expect(result.text.contains("up: report"))
      #expect(!result.text.contains("unpacking failed"), "\(result.text)")
    }
  }

  /// Bytes that gzip packs to a quarter: each block comes four times.
  private static func filler(mebibytes: Int) throws -> [UInt8] {
    let random = try FileHandle(forReadingFrom: URL(filePath: "/dev/urandom"))
    var bytes: [UInt8] = []
    bytes.reserveCapacity(mebibytes << 20)
    for _ in 0..<32 * mebibytes {
      let block = try random.read(upToCount: 1 << 13) ?? Data()
      for _ in 0..<4 { bytes += block }
    }
    return bytes
  }

  /// Solo5's images have such a segment.
  @Test(arguments: DomainLoader.allCases)
  func memoryWithoutFlagsBoots(loader: DomainLoader) throws {
    let kernel = try ForeignKernel(
      ForeignKernel.powerOff, script: ForeignKernel.memoryWithoutFlags)
    let note = try PVHCommand("note", "add", kernel.path, "--entry", "_start").finish()
    #expect(note.status == 0, "\(note.errors)")
    let result = try PVHCommand(
      "run", kernel.path, "--on", "lab", "--loader", loader.rawValue, "--timeout", "300"
    ).finish()
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.isEmpty)
  }

  /// What libxenguest takes runs, whatever the check says; what it does not take is still refused.
  @Test func forceGoesOnAsFarAsXenDoes() throws {
    let inside = try ForeignKernel(
      ForeignKernel.onPC("ud2").replacing(".long _start", with: ".long stack - 256"))
    let refused = try PVHCommand("run", inside.path, "--on", "lab").finish()
    #expect(refused.status == 126)
    let crashed = try PVHCommand(
      "run", inside.path, "--on", "lab", "--force", "--timeout", "20"
    ).finish()
    #expect([124, 134].contains(crashed.status), "\(crashed.errors)")
    #expect(crashed.errors.hasPrefix("pvh: going on (--force), though \(inside.path): "))
    let program = try PVHCommand("run", "/bin/ls", "--on", "lab", "--force").finish()
    #expect(program.status == 126)
    #expect(program.errors.contains("Xen's loader refuses the image"))
  }
}
