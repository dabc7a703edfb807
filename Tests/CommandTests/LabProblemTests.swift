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

/// Command lines about labs that are wrong: status 64, and what would be right.
@Suite(.command) struct LabArguments {
  @Test(arguments: [
    (["lab", "start", "a/b"], "cannot be the name of a lab"),
    (["lab", "start", "../x"], "cannot be the name of a lab"),
    (["lab", "stop", "x", "--all"], "give a name, or --all"),
    (["lab", "exec", "x y", "--", "true"], "cannot be the name of a lab"),
    (["lab", "exec", "--"], "name a program"),
    (["run", "x", "--on", "moon"], "is no place"),
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
    #expect(stopped.errors == "no such lab is up\n")
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

/// An ssh that does not lead to an agent.
@Suite(.command) struct SecureShellProblems {
  @Test func withoutSSH() throws {
    let result = try run(ssh: "no-such-ssh")
    #expect(result.status == 125)
    #expect(result.errors.contains("no-such-ssh is not in PATH; install openssh-client"))
  }

  @Test func whenTheFarSideSaysOtherThings() throws {
    let folder = try ScratchFolder()
    for (script, words) in [
      ("echo Welcome; exit 255", "ssh did not get to ssh://root@host"),
      ("exit 3", "ended with status 3 before an agent was there"),
      ("yes", "and no agent is heard"),
      ("echo pvhkit:machine armv8", "a machine of the kind armv8"),
      ("echo pvhkit:user me", "only root may control Xen"),
      ("echo pvhkit:ready", "the connection to ssh://root@host has ended"),
    ] {
      let ssh = try folder.file("ssh", Data("#!/bin/sh\n\(script)\n".utf8))
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: ssh)
      let result = try run(ssh: ssh)
      #expect(result.status == 125)
      #expect(result.errors.contains(words), "\(script): \(result.errors)")
    }
  }

  /// What ssh gets: no option of the user's is lost, and the host is never taken for one.
  @Test func theCommandLineOfSSH() throws {
    let folder = try ScratchFolder()
    let ssh = try folder.file("ssh", Data("#!/bin/sh\necho \"$*\" >&2\nexit 255\n".utf8))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: ssh)
    let result = try run(ssh: ssh + " -F file", place: "ssh://me@host:2222")
    #expect(result.errors.hasPrefix("-F file -T -l me -p 2222 -- host exec sh -c "))
  }

  private func run(
    ssh: String, place: String = "ssh://root@host"
  ) throws -> PVHCommand.Result {
    try PVHCommand(
      ["run", Checkout.example("hello"), "--on", place], environment: ["PVHKIT_SSH": ssh]
    ).finish()
  }
}
