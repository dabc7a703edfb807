// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// A control domain that ssh reaches: a lab with its sshd, and a configuration for ssh that knows how
/// to get there. There is no network between them.
final class FarMachine {
  /// As `--on` names it.
  static let place = "ssh://root@far"

  let labs = try? StandingLabs()
  private let folder = try? ScratchFolder()
  private let environment: [String: String]

  init() throws {
    let labs = try #require(labs)
    let folder = try #require(folder)
    let key = folder.url.appending(path: "key").path
    let keygen = try PVHCommand(
      ["-q", "-t", "ed25519", "-N", "", "-f", key], program: URL(filePath: "/usr/bin/ssh-keygen"))
    environment = ["PVHKIT_SSH": "ssh -F \(folder.url.path)/config"]
    _ = try folder.file(
      "config",
      Data(
        """
        Host *
          IdentityFile \(key)
          ProxyCommand \(Checkout.pvh.path) lab exec far -- sshd-inetd
          StrictHostKeyChecking no
          UserKnownHostsFile /dev/null
          LogLevel ERROR

        """.utf8))
    try labs.start("far")
    try #require(keygen.finish().status == 0)
    let publicKey = try String(contentsOfFile: key + ".pub", encoding: .utf8)
    try execute("cat > /root/.ssh/authorized_keys", input: publicKey)
  }

  /// Starts a pvh that finds the way.
  func command(_ arguments: String...) throws -> PVHCommand {
    try #require(labs).command(arguments, environment: environment)
  }

  /// Runs a guest there.
  func run(_ image: String, _ options: String..., place: String = FarMachine.place) throws
    -> PVHCommand.Result
  {
    try #require(labs).command(
      ["run", image, "--on", place] + options, environment: environment
    ).finish()
  }

  /// Runs a shell's script there, by another way; returns what it prints.
  @discardableResult
  func execute(_ script: String, input: String? = nil) throws -> String {
    let result = try #require(labs).pvh(
      "lab", "exec", "far", "--", "sh", "-c", script, input: input)
    try #require(result.status == 0, "\(script): \(result.errors)")
    return result.text.trimmingCharacters(in: .newlines)
  }

  /// Whether no other domain is left, or goes within a minute.
  func domain0IsAlone() throws -> Bool {
    let deadline = Date.now.addingTimeInterval(60)
    while try execute("xenstore-list /local/domain") != "0" {
      guard Date.now < deadline else { return false }
      usleep(100_000)
    }
    return true
  }
}
