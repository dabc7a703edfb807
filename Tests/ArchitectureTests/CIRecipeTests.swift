// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// The recipes for CI systems name what there is, and their lines are shell.
@Suite struct CIRecipeTests {
  private func text(_ path: String) throws -> String {
    try String(contentsOf: Checkout.root.appending(path: path), encoding: .utf8)
  }

  private func bash(_ words: [String], _ environment: [String: String] = [:]) throws
    -> PVHCommand.Result
  {
    try PVHCommand(words, environment: environment, program: URL(filePath: "/bin/bash")).finish()
  }

  /// GitHub's steps, with what its runner would put in place of the expressions.
  @Test func theActionsStepsAreShell() throws {
    let action = try text(".github/actions/xen-lab/action.yml")
    let lines = action.matches(of: #/(?m)^ +run: (.+)$/#).map { String($0.1) }
    #expect(lines.count == 2)
    for line in lines {
      let script = line.trimmingCharacters(in: ["'"])
        .replacing(#/\$\{\{[^}]*\}\}/#, with: "--xen 4.17")
      #expect(try bash(["-n", "-c", script]).status == 0, "\(script)")
    }
    // The first one is run: it says where the cache is.
    let folder = try ScratchFolder()
    let output = folder.url.appending(path: "output").path
    let place = Checkout.root.appending(path: ".github/actions/xen-lab").path
    let result = try bash(
      ["-c", lines[0]],
      [
        "GITHUB_ACTION_PATH": place, "GITHUB_OUTPUT": output, "XDG_CACHE_HOME": "/somewhere",
        "PATH": "/usr/bin:/bin",
      ])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try String(contentsOfFile: output, encoding: .utf8) == "cache=/somewhere/pvhkit\n")
  }

  @Test func thePagesPathsAreThere() throws {
    let page = try text("docs/ci.md")
    for path in ["tools/ci-lab", ".github/actions/xen-lab", "guest-runtime/Fixtures"] {
      #expect(page.contains(path))
      let file = Checkout.root.appending(path: path).path
      #expect(FileManager.default.fileExists(atPath: file), "\(path)")
    }
    for line in page.matches(of: #/(?m)^    - ((?:test|git|pvhkit|export|pvh) .+)$/#) {
      #expect(try bash(["-n", "-c", String(line.1)]).status == 0, "\(line.1)")
    }
  }
}
