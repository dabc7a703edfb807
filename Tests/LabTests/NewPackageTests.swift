// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// `swift test` in a package that `pvh new` has made, with all that such a package can have.
///
/// One test, since the package is compiled for it.
@Suite(.lab, .timeLimit(.minutes(30))) struct NewPackages {
  let package: URL
  private let folder: ScratchFolder

  init() throws {
    folder = try ScratchFolder()
    package = folder.url.appending(path: "my-guest")
  }

  @Test func testItsLogicAndItsGuestAndSayWhatWentWrong() throws {
    let new = try PVHCommand(["new", "my-guest", "--tasks", "--c"], folder: folder.url).finish()
    try #require(new.status == 0, "\(new.errors)")

    let good = try swiftTest()
    #expect(good.status == 0, "\(good.text) \(good.errors)")
    for test in ["digitsAddUp", "greetsAsOftenAs", "bootsAndGreets"] {
      #expect(good.text.contains(try Regex("✔ Test \(test)\\S* .*passed")), "\(good.text)")
    }
    try hostProgramSaysThatItIsAGuest()

    let tests = package.appending(path: "Tests/MyGuestTests/MyGuestTests.swift")
    let text = try String(contentsOf: tests, encoding: .utf8)
    try Data(text.replacing("hello from", with: "farewell from").utf8).write(to: tests)
    let broken = try swiftTest("--filter", "bootsAndGreets")
    #expect(broken.status == 1)
    for words in [
      "recorded an issue at MyGuestTests.swift:19:",
      "my-guest: it ended before it printed a line with \"farewell from domain\"",
      "its console so far:\n", "  | hello from domain 1\n",
    ] { #expect(broken.text.contains(words), "\(words): \(broken.text)") }

    let empty = folder.url.appending(path: "cache").path
    let skipped = try swiftTest(
      "--skip-build", "--filter", "bootsAndGreets",
      environment: ["XDG_CACHE_HOME": empty, "PVHKIT_PVH": Checkout.pvh.path])
    #expect(skipped.status == 0)
    #expect(skipped.text.contains("bootsAndGreets() skipped"), "\(skipped.text)")
    #expect(skipped.text.contains("no template for Xen"), "\(skipped.text)")
    #expect(skipped.text.contains("pvh lab prepare"), "\(skipped.text)")
    let alone = try swiftTest(
      "--skip-build", "--filter", "bootsAndGreets", environment: ["PVHKIT_PVH": "/nowhere/pvh"])
    #expect(alone.text.contains("PVHKIT_PVH names /nowhere/pvh, which is no program"))
  }

  private func hostProgramSaysThatItIsAGuest() throws {
    let started = try PVHCommand(
      [], program: Checkout.packageBuilds.appending(path: "debug/my-guest")
    ).finish()
    #expect(started.status == 126)
    #expect(
      started.errors == "my-guest is a guest, and runs under Xen only: start it with pvh run\n")
  }

  private func swiftTest(
    _ options: String..., environment: [String: String] = [:]
  ) throws -> PVHCommand.Result {
    try PVHCommand(
      ["swift", "test", "--disable-build-manifest-caching"] + options,
      environment: environment.merging(["SWIFTPM_BUILD_DIR": Checkout.packageBuilds.path]) { $1 },
      folder: package,
      program: URL(filePath: "/usr/bin/env")
    ).finish()
  }
}
