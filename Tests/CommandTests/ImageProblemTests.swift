// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Files that cannot boot: one clear message, status 126, before anything is started.
@Suite(.command) struct ImageProblems {
  @Test func noFileAndNoPackage() throws {
    let folder = try ScratchFolder()
    let result = try PVHCommand(["run"], folder: folder.url).finish()
    #expect(result.status == 64)
    #expect(result.errors.contains("no image was given"))
    #expect(result.errors.contains("pvh new"))
  }

  @Test func missingFile() throws {
    try expect("run", "/nonexistent.pvh", status: 126, "/nonexistent.pvh: no such file")
  }

  @Test func directory() throws {
    try expect("run", "/tmp", status: 126, "/tmp: is a directory")
  }

  @Test func emptyFile() throws {
    let folder = try ScratchFolder()
    try expect("run", try folder.file("empty.pvh", Data()), status: 126, "is empty (0 bytes)")
  }

  /// What `--force` overrides is said, and what cannot be read stays refused.
  @Test func aVerdictCanBeOverridden() throws {
    let kernel = try ForeignKernel(ForeignKernel.debugPort)
    let export = ["export", kernel.path, "--format", "json"]
    #expect(try PVHCommand(export).finish().status == 126)
    let forced = try PVHCommand(export + ["--force"]).finish()
    #expect(forced.status == 0)
    #expect(forced.text.contains("\"image\""))
    #expect(
      forced.errors.hasPrefix(
        "pvh: going on (--force), though \(kernel.path): has no Xen PHYS32_ENTRY note"),
      "\(forced.errors)")
    #expect(
      try PVHCommand("export", "/etc/passwd", "--format", "json", "--force").finish().status == 126)
  }

  @Test func programWithoutANote() throws {
    try expect("run", "/bin/ls", status: 126, "/bin/ls: has no Xen PHYS32_ENTRY note")
  }

  @Test(arguments: [1, 4, 63, 64, 200, 5000])
  func truncatedImage(size: Int) throws {
    let folder = try ScratchFolder()
    let whole = try Data(contentsOf: URL(filePath: Checkout.example("hello")))
    let file = try folder.file("cut.pvh", whole.prefix(size))
    let result = try PVHCommand(["run", file]).finish()
    #expect(result.status == 126)
    #expect(result.errors.hasPrefix("pvh: \(file): "))
    #expect(result.errors.split(separator: "\n").count == 1)
  }

  @Test func moreMemoryNeededThanGiven() throws {
    let folder = try ScratchFolder()
    let module = try folder.file("module", Data(count: 3 << 20))
    let result = try PVHCommand(
      ["run", Checkout.example("hello"), "--memory", "2", "--module", module]
    ).finish()
    #expect(result.status == 126)
    #expect(result.errors.contains("2048 KiB"))
    #expect(result.errors.split(separator: "\n").count == 1)
  }

  @Test func missingModule() throws {
    try expect(
      "run", Checkout.example("hello"), "--module", "/nonexistent", status: 125, "/nonexistent")
  }

  private func expect(_ arguments: String..., status: Int32, _ words: String) throws {
    let result = try PVHCommand(arguments).finish()
    #expect(result.status == status)
    #expect(result.errors.hasPrefix("pvh: "))
    #expect(result.errors.contains(words), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(result.output.isEmpty)
  }
}

extension Trait where Self == ConditionTrait {
  /// Runs only where `tools/test` has built the command and the images.
  static var command: Self {
    .enabled("needs pvh and images: run tools/test") { Checkout.isBuilt }
  }
}
