// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// A copy of pvh with an agent beside it that answers from a script, whatever it is asked.
public final class ScriptedAgent {
  private let folder: ScratchFolder

  /// Where the copy of pvh is.
  public var pvh: URL { folder.url.appending(path: "pvh") }

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
    let agent = try folder.file(
      "pvh-agent", Data("#!/bin/sh\n\(lines.joined())".utf8))
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: agent)
  }

  /// Runs the copy of pvh on "this machine".
  public func run(_ words: String..., environment: [String: String] = [:]) throws
    -> PVHCommand.Result
  {
    try PVHCommand(words + ["--on", "local"], environment: environment, program: pvh).finish()
  }

  /// Runs the copy of pvh on a terminal of so many columns; what it printed, colours and all.
  public func runOnTerminal(
    _ words: String..., columns: Int, environment: [String: String] = [:]
  ) throws -> String {
    let command = ([pvh.path] + words + ["--on", "local"]).joined(separator: " ")
    return try PVHCommand(
      ["-qec", "stty cols \(columns); \(command)", "/dev/null"], environment: environment,
      program: URL(filePath: "/usr/bin/script")
    ).finish().text
  }
}
