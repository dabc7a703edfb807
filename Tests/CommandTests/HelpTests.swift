// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// What `--help` prints, for terminals of any width.
@Suite(.command) struct HelpTests {
  private static let commands = [
    [], ["build"], ["check"], ["console"], ["create"], ["destroy"], ["doctor"], ["explain"],
    ["export"], ["inspect"], ["list"], ["logs"], ["new"], ["note"], ["reboot"], ["run"], ["show"],
    ["startinfo"], ["stats"], ["vchan"], ["zoo"], ["wait"], ["lab"], ["lab", "start"],
    ["lab", "exec"], ["lab", "prepare"], ["lab", "shell"], ["lab", "status"],
  ]

  private func help(_ command: [String], columns: Int) throws -> String {
    let result = try PVHCommand(["help"] + command, environment: ["COLUMNS": "\(columns)"]).finish()
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    return result.text
  }

  @Test func saysItsVersion() throws {
    let result = try PVHCommand("--version").finish()
    #expect(result.status == 0)
    let version = #/^pvh \d+\.\d+\.\d+\S* \(agent protocol \d+, Xen 4\.\d+ to 4\.\d+\)\n$/#
    #expect(result.text.contains(version))
  }

  /// Those who copy the two to a host see whether they belong together.
  @Test func theAgentSaysTheSameVersion() throws {
    let agent = Checkout.pvh.deletingLastPathComponent().appending(path: "pvh-agent")
    let result = try PVHCommand(["--version"], program: agent).finish()
    #expect(result.status == 0)
    let own = try PVHCommand("--version").finish().text
    #expect(result.text == own.replacing("pvh ", with: "pvh-agent "))
  }

  @Test(arguments: commands, [80, 120])
  func paragraphsFillTheTerminal(command: [String], columns: Int) throws {
    let lines = try help(command, columns: columns).split(
      separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.contains { $0.hasPrefix("USAGE: pvh") })
    // The parser leaves the usage in one line.
    #expect(lines.allSatisfy { $0.count <= columns || $0.hasPrefix("USAGE:") })
    for (line, next) in zip(lines, lines.dropFirst()) {
      // Examples and tables are indented, and stay as they are.
      if line.hasPrefix(" ") { #expect(next.isEmpty || next.hasPrefix(" "), "\(next)") }
      guard let word = next.split(separator: " ").first, !line.isEmpty, !line.hasPrefix(" "),
        !next.hasPrefix(" ")
      else { continue }
      #expect(line.count + 1 + word.count >= columns, "\(line)")
    }
  }

  @Test func whatIsAlwaysRefusedIsNotOffered() throws {
    #expect(try !help(["create"], columns: 80).contains("--timeout"))
    let result = try PVHCommand("create", "x", "--timeout", "1").finish()
    #expect(result.status == 64)
    #expect(result.errors.contains("--timeout is not supported by pvh create; use pvh run"))
  }
}
