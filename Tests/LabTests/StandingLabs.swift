// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Labs that stay up, in a runtime folder of their own; all of them end with this, and with the tests' process if that
/// is killed.
final class StandingLabs {
  private let folder: ScratchFolder
  /// Ends the labs when nobody can write into its input any more.
  private let guardian = Process()
  private let life = Pipe()

  init() throws {
    folder = try ScratchFolder()
    _ = fcntl(life.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
    guardian.executableURL = URL(filePath: "/bin/sh")
    guardian.arguments = [
      "-c", "trap '' INT TERM; cat >/dev/null; exec \"$0\" lab stop --all", Checkout.pvh.path,
    ]
    guardian.environment = ProcessInfo.processInfo.environment.merging([
      "XDG_RUNTIME_DIR": folder.url.path
    ]) { $1 }
    guardian.standardInput = life
    guardian.standardOutput = FileHandle.nullDevice
    guardian.standardError = FileHandle.nullDevice
    try guardian.run()
  }

  deinit {
    _ = try? pvh("lab", "stop", "--all")
    kill(guardian.processIdentifier, SIGKILL)
  }

  /// The folder of a lab, where its daemon listens.
  func path(_ name: String) -> String {
    folder.url.appending(path: "pvhkit/labs/\(name)").path
  }

  /// Starts a command that sees these labs.
  func command(
    _ arguments: [String], environment: [String: String] = [:], input: String? = nil,
    folder: URL? = nil, program: URL = Checkout.pvh
  ) throws -> PVHCommand {
    try PVHCommand(
      arguments,
      environment: environment.merging(["XDG_RUNTIME_DIR": self.folder.url.path]) { $1 },
      folder: folder, program: program, input: input.map { Data($0.utf8) })
  }

  /// Runs a command that sees these labs.
  @discardableResult
  func pvh(
    _ arguments: String..., environment: [String: String] = [:], input: String? = nil
  ) throws -> PVHCommand.Result {
    try command(arguments, environment: environment, input: input).finish()
  }

  /// Starts a lab.
  func start(_ name: String) throws {
    let result = try pvh("lab", "start", name)
    try #require(result.status == 0, "\(result.errors)")
  }

  /// Puts a file into a lab's dom0, where it can be run.
  func copy(_ file: String, to path: String, in lab: String) throws {
    let command = try PVHCommand(
      ["lab", "exec", lab, "--", "sh", "-c", "cat > \(path); chmod +x \(path)"],
      environment: ["XDG_RUNTIME_DIR": folder.url.path],
      input: try Data(contentsOf: URL(filePath: file)))
    let result = command.finish()
    try #require(result.status == 0, "\(result.errors)")
  }

  /// The process behind a lab.
  func keeper(_ name: String) throws -> Int32 {
    let status = try JSONDecoder().decode(Status.self, from: pvh("lab", "status", "--json").output)
    return try #require(status.labs.first { $0.name == name }).keeper
  }

  private struct Status: Decodable {
    struct Lab: Decodable {
      let name: String
      let keeper: Int32
    }
    let labs: [Lab]
  }
}
