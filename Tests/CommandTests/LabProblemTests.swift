// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// A lab that cannot be used: one clear message, status 125, nothing left.
@Suite(.command) struct LabProblems {
  @Test func noTemplate() throws {
    let cache = try ScratchFolder()
    let result = try hello(cache)
    #expect(result.status == 125)
    #expect(result.errors.contains("pvh lab prepare"))
  }

  @Test func noQEMU() throws {
    let result = try PVHCommand(
      ["run", Checkout.example("hello"), "--on", "lab"], environment: ["PATH": "/nonexistent"]
    ).finish()
    #expect(result.status == 125)
    #expect(result.errors.contains("apt-get install qemu-system-x86"))
  }

  @Test func prepareWithoutQEMU() throws {
    let cache = try ScratchFolder()
    let result = try PVHCommand(
      ["lab", "prepare"], environment: ["PATH": "/nonexistent", "XDG_CACHE_HOME": cache.url.path]
    ).finish()
    #expect(result.status == 125)
    #expect(result.errors.contains("apt-get install qemu-system-x86"))
    #expect(try FileManager.default.subpathsOfDirectory(atPath: cache.url.path).isEmpty)
  }

  @Test(.enabled("needs a lab") { Checkout.hasLab }, arguments: ["memory", "state"])
  func truncatedTemplate(file: String) throws {
    let cache = try ScratchFolder()
    try copyTemplates(to: cache)
    let paths = try FileManager.default.subpathsOfDirectory(atPath: cache.url.path)
    for path in paths where path.hasSuffix("/\(file)") {
      truncate(cache.url.appending(path: path).path, 4096)
    }
    let result = try hello(cache)
    #expect(result.status == 125)
    #expect(result.errors.contains("is damaged"))
    #expect(result.errors.contains("pvh lab remove && pvh lab prepare"))
  }

  private func hello(_ cache: ScratchFolder) throws -> PVHCommand.Result {
    try PVHCommand(
      ["run", Checkout.example("hello"), "--on", "lab"],
      environment: ["XDG_CACHE_HOME": cache.url.path]
    ).finish()
  }

  /// Copies the templates with their holes.
  private func copyTemplates(to cache: ScratchFolder) throws {
    let environment = ProcessInfo.processInfo.environment
    let home = environment["XDG_CACHE_HOME"] ?? NSHomeDirectory() + "/.cache"
    let target = cache.url.appending(path: "pvhkit")
    try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
    let copy = Process()
    copy.executableURL = URL(filePath: "/bin/cp")
    copy.arguments = ["-a", "--sparse=always", home + "/pvhkit/lab", target.path]
    try copy.run()
    copy.waitUntilExit()
    #expect(copy.terminationStatus == 0)
  }
}
