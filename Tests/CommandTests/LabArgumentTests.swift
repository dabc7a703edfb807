// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Command lines about labs that are wrong: status 64, and what would be right.
@Suite(.command) struct LabArguments {
  @Test(arguments: [
    (["lab", "start", "a/b"], "cannot be the name of a lab"),
    (["lab", "start", "../x"], "cannot be the name of a lab"),
    (["lab", "stop", "x", "--all"], "give a name, or --all"),
    (["lab", "exec", "x y", "--", "true"], "cannot be the name of a lab"),
    (["lab", "exec", "--"], "name a program"),
    (["run", "x", "--on", "moon"], "unknown target"),
    (["run", "x", "--on", "lab:"], "cannot be the name of a lab"),
    (["run", "x", "--on", "ssh://-oProxyCommand=x"], "names no machine"),
  ])
  func areExplained(arguments: [String], words: String) throws {
    let result = try PVHCommand(arguments).finish()
    #expect(result.status == 64)
    #expect(result.errors.contains(words), "\(result.errors)")
  }

  @Test func thereIsNothingToStop() throws {
    let runtime = try ScratchFolder()
    let environment = ["XDG_RUNTIME_DIR": runtime.url.path]
    let stopped = try PVHCommand(["lab", "stop", "x"], environment: environment).finish()
    #expect(stopped.status == 0)
    #expect(stopped.errors == "no lab x is up\n")
    let all = try PVHCommand(["lab", "stop", "--all"], environment: environment).finish()
    #expect(all.errors == "no lab is up\n")
    let used = try PVHCommand(["lab", "exec", "x", "--", "true"], environment: environment).finish()
    #expect(used.status == 125)
    #expect(used.errors.contains("pvh lab start x"))
  }

  @Test func aRuntimeFolderThatIsAFileIsRefused() throws {
    let runtime = try ScratchFolder()
    _ = try runtime.file("pvhkit", Data())
    let result = try PVHCommand(
      ["lab", "start", "x"], environment: ["XDG_RUNTIME_DIR": runtime.url.path]
    ).finish()
    #expect(result.status == 125)
    #expect(result.errors.contains("the lab x does not start"))
  }

  @Test(arguments: ["list", "lab status", "lab stop", "lab start"])
  func aRelativeRuntimeFolderIsRefused(command: String) throws {
    let folder = try ScratchFolder()
    let words = command.split(separator: " ").map(String.init)
    let result = try PVHCommand(
      words, environment: ["XDG_RUNTIME_DIR": "run"], folder: folder.url
    ).finish()
    #expect(result.status == 125)
    #expect(result.errors.contains("XDG_RUNTIME_DIR is run, in which labs cannot be kept"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
  }

  /// A missing one is not made: it was taken away with the user's last session, or is misspelt.
  @Test(arguments: [("/sys", "Operation not permitted"), ("run", "No such file or directory")])
  func aRuntimeFolderThatCannotBeUsedIsNamed(name: String, reason: String) throws {
    let folder = try ScratchFolder()
    let path = name.hasPrefix("/") ? name : folder.url.appending(path: name).path
    let result = try PVHCommand(["lab", "start", "x"], environment: ["XDG_RUNTIME_DIR": path])
      .finish()
    #expect(result.status == 125)
    #expect(result.errors.contains("XDG_RUNTIME_DIR is \(path), in which labs cannot be kept"))
    #expect(result.errors.contains(reason), "\(result.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
  }

  @Test func withoutATemplateNothingStays() throws {
    let cache = try ScratchFolder()
    let result = try PVHCommand(
      ["lab", "start", "x"],
      environment: ["XDG_RUNTIME_DIR": cache.url.path, "XDG_CACHE_HOME": cache.url.path]
    ).finish()
    #expect(result.status == 125)
    #expect(result.errors.contains("pvh lab prepare"))
    let left = try FileManager.default.subpathsOfDirectory(atPath: cache.url.path)
    #expect(left.sorted() == ["pvhkit", "pvhkit/labs"])
  }
}
