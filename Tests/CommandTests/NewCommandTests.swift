// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// `pvh new`: a whole package or none.
@Suite(.command) struct NewCommands {
  let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  @Test(arguments: [
    ([], ["Sources/MyGuestLogic/GreetingCount.swift", "Sources/my-guest/MyGuest.swift"]),
    (["--tasks"], ["Sources/MyGuestLogic/GreetingCount.swift", "Sources/my-guest/MyGuest.swift"]),
    (
      ["--c"],
      [
        "Sources/CMyGuest/digits.c", "Sources/CMyGuest/include/CMyGuest.h",
        "Sources/MyGuestLogic/GreetingCount.swift", "Sources/my-guest/MyGuest.swift",
      ]
    ),
  ])
  func aNewPackageHasTheseFiles(options: [String], sources: [String]) throws {
    let new = try PVHCommand(["new", "my-guest"] + options, folder: folder.url).finish()
    #expect(new.status == 0)
    let package = folder.url.appending(path: "my-guest")
    let files = FileManager.default.enumerator(atPath: package.path)?.compactMap { $0 as? String }
    #expect(
      files?.filter { $0.contains(".") }.sorted() == [".gitignore", "Package.swift"] + sources + [
        "Tests/MyGuestTests/MyGuestTests.swift"
      ])
    func text(_ file: String) throws -> String {
      try String(contentsOf: package.appending(path: file), encoding: .utf8)
    }
    let isAsync = options == ["--tasks"]
    let hasC = options == ["--c"]
    #expect(try text("Package.swift").contains("\"CMyGuest\"") == hasC)
    #expect(try text("Package.swift").contains("GuestConcurrency") == isAsync)
    #expect(try text("Sources/my-guest/MyGuest.swift").contains("AsyncAppliance") == isAsync)
    #expect(try text("Sources/my-guest/MyGuest.swift").contains("digit_sum(") == hasC)
    let tests = try text("Tests/MyGuestTests/MyGuestTests.swift")
    #expect(tests.contains("import MyGuestLogic\nimport PVHTesting\nimport Testing\n"))
    #expect(tests.contains("digit_sum(4711)") == hasC)
    #expect(tests.contains("BootedGuest(\"my-guest\""))
  }

  @Test(arguments: [[], ["--tasks"], ["--c"]])
  func aNewPackageBuildsUnchanged(options: [String]) throws {
    let new = try PVHCommand(["new", "my-guest"] + options, folder: folder.url).finish()
    #expect(new.status == 0)
    let package = folder.url.appending(path: "my-guest")
    // The package manager's own variable is heeded.
    let build = try PVHCommand(
      ["build"], environment: ["SWIFTPM_BUILD_DIR": Checkout.packageBuilds.path], folder: package
    ).finish()
    #expect(build.status == 0, "\(build.errors)")
    #expect(build.text.contains("/.build/pvh/my-guest.pvh: "))
    let made = try FileManager.default.contentsOfDirectory(
      atPath: package.appending(path: ".build").path)
    #expect(made == ["pvh"])
  }

  @Test(arguments: ["", "-x", "a b", "../up", "1st", "é", "x-"])
  func refusesNamesThatCannotBePackages(name: String) throws {
    let result = try PVHCommand(["new", "--", name], folder: folder.url).finish()
    #expect(result.status == 64)
    #expect(try names().isEmpty)
  }

  @Test func leavesAnExistingFolderAlone() throws {
    _ = try folder.file("taken", Data("mine".utf8))
    let result = try PVHCommand(["new", "taken"], folder: folder.url).finish()
    #expect(result.status == 64)
    #expect(result.errors.contains("taken exists"))
    #expect(try names() == ["taken"])
  }

  @Test func buildOutsideAPackageSaysSo() throws {
    let result = try PVHCommand(["build"], folder: folder.url).finish()
    #expect(result.status == 64)
    #expect(result.errors.contains("no Package.swift"))
  }

  @Test func aBuiltImageIsNotBuiltForDebugging() throws {
    let run = try PVHCommand("run", "some.pvh", "--debug").finish()
    #expect(run.status == 64)
    #expect(run.errors.contains("some.pvh is built already"), "\(run.errors)")
    let build = try PVHCommand("build", "--debug", "--from", "a.elf", "--entry64", "main").finish()
    #expect(build.status == 64)
    #expect(build.errors.contains("what --from names is built already"), "\(build.errors)")
  }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
  }
}

/// `pvh build` reads what a package declares of its guests.
@Suite(.command) struct DeclarationProblems {
  @Test(arguments: [
    ("{", "pvh.json"), ("{\"nobody\":{}}", "describes \"nobody\""),
    (
      "{\"guest\":{\"memory\":{\"least\":\"much\"}}}",
      "guest.memory.least: is \"much\": give a whole number"
    ),
    ("{\"guest\":{\"cmdline\":\"x\"}}", "guest: \"cmdline\" is unknown; there are memory, vcpus"),
    (
      "{\"guest\":{\"memory\":{\"min\":\"2M\"}}}",
      "guest.memory: \"min\" is unknown; there are least"
    ),
  ])
  func aWrongDeclarationIsNamed(text: String, words: String) throws {
    let folder = try ScratchFolder()
    #expect(try PVHCommand(["new", "guest"], folder: folder.url).finish().status == 0)
    _ = try folder.file("guest/pvh.json", Data(text.utf8))
    let build = try PVHCommand(
      ["build", "--scratch-path", Checkout.guestBuilds.path],
      folder: folder.url.appending(path: "guest")
    ).finish()
    #expect(build.status == 64)
    #expect(build.errors.contains(words), "\(build.errors)")
  }
}
