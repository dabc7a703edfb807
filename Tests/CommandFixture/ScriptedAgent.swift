// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// A copy of pvh, and an agent behind what it takes for ssh that answers from a script, whatever it is
/// asked.
public final class ScriptedAgent {
  private let folder: ScratchFolder

  /// Where the copy of pvh is.
  public var pvh: URL { folder.url.appending(path: "pvh") }

  /// What the copy of pvh takes for another machine.
  public static let target = "ssh://scripted"

  /// What makes it so.
  public var environment: [String: String] {
    ["PVHKIT_SSH": folder.url.appending(path: "ssh").path]
  }

  /// Puts the two into a folder of their own; the agent answers the greeting by `ready`, and then each
  /// request, read by lines, with the next of `answers`.
  public init(protocolVersion: Int, answers: [String]) throws {
    folder = try ScratchFolder()
    do {
      try FileManager.default.linkItem(at: Checkout.pvh, to: pvh)
    } catch {
      try FileManager.default.copyItem(at: Checkout.pvh, to: pvh)
    }
    let ready =
      #"{"type":"ready","protocol":\#(protocolVersion),"xenVersion":"4.17.7","freeMemoryKiB":9}"#
      + "\n"
    let lines = ([ready] + answers).map { "read -r request\nprintf '%s' '\($0)'\n" }
    // The agent that a real ssh would get there.
    _ = try folder.file("pvh-agent", Data("no program\n".utf8))
    let ssh = try folder.file(
      "ssh", Data("#!/bin/sh\necho pvhkit:ready\n\(lines.joined())".utf8))
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: ssh)
  }

  /// Runs the copy of pvh on its target.
  public func run(_ words: String..., environment: [String: String] = [:]) throws
    -> PVHCommand.Result
  {
    try PVHCommand(
      words + ["--on", Self.target], environment: self.environment.merging(environment) { $1 },
      program: pvh
    ).finish()
  }

  /// Runs the copy of pvh on a terminal of so many columns; what it printed, colours and all.
  public func runOnTerminal(
    _ words: String..., columns: Int, environment: [String: String] = [:]
  ) throws -> String {
    let command = ([pvh.path] + words + ["--on", Self.target]).joined(separator: " ")
    return try PVHCommand(
      ["-qec", "stty cols \(columns); \(command)", "/dev/null"],
      environment: self.environment.merging(environment) { $1 },
      program: URL(filePath: "/usr/bin/script")
    ).finish().text
  }
}
