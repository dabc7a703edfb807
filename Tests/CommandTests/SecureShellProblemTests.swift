// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

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
      let ssh = try executable("#!/bin/sh\n\(script)\n", in: folder)
      let result = try run(ssh: ssh)
      #expect(result.status == 125)
      #expect(result.errors.contains(words), "\(script): \(result.errors)")
    }
  }

  /// What ssh gets: no option of the user's is lost, and the host is never taken for one.
  @Test func theCommandLineOfSSH() throws {
    let folder = try ScratchFolder()
    let ssh = try executable("#!/bin/sh\necho \"$*\" >&2\nexit 255\n", in: folder)
    let result = try run(ssh: ssh + " -F file", place: "ssh://me@host:2222")
    #expect(result.errors.hasPrefix("-F file -T -l me -p 2222 -- host exec sh -c "))
  }

  @Test func anSSHThatHangsCanBeInterrupted() throws {
    let folder = try ScratchFolder()
    let ssh = try executable("#!/bin/sh\necho waiting >&2\nexec sleep 100\n", in: folder)
    let command = try PVHCommand(
      ["run", Checkout.example("hello"), "--on", "ssh://host"], environment: ["PVHKIT_SSH": ssh])
    while ProcessTable.children(of: command.identifier).isEmpty { usleep(10_000) }
    kill(command.identifier, SIGINT)
    let result = command.finish()
    #expect(result.status == 130)
    #expect(result.errors.contains("interrupted before an agent was there"))
  }

  @Test func sshMayAskOnTheTerminal() throws {
    let folder = try ScratchFolder()
    let ssh = try executable(
      "#!/bin/sh\nread -r word </dev/tty\necho \"heard $word\" >&2\nexit 255\n", in: folder)
    let pvh = Checkout.pvh.path
    let result = try PVHCommand(
      ["-qec", "\(pvh) run \(Checkout.example("hello")) --on ssh://host", "/dev/null"],
      environment: ["PVHKIT_SSH": ssh], program: URL(filePath: "/usr/bin/script"),
      input: Data("secret\n".utf8)
    ).finish()
    #expect(result.text.contains("heard secret"))
    #expect(result.status == 125)
  }

  private func executable(_ text: String, in folder: ScratchFolder) throws -> String {
    let path = try folder.file("ssh", Data(text.utf8))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    return path
  }

  private func run(
    ssh: String, place: String = "ssh://root@host"
  ) throws -> PVHCommand.Result {
    try PVHCommand(
      ["run", Checkout.example("hello"), "--on", place], environment: ["PVHKIT_SSH": ssh]
    ).finish()
  }
}
