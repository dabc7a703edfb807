// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// What `docs/tour.md` shows is what happens.
@Suite(.lab, .gdb, .timeLimit(.minutes(30))) struct TourTests {
  private let folder: ScratchFolder
  /// Another one for each run of the test than the page has: somebody else may have that one.
  private let port = Int.random(in: 20_000..<30_000)

  init() throws { folder = try ScratchFolder() }

  @Test func everyCommandPrintsWhatThePageSays() throws {
    let page = try TourPage(contentsOf: Checkout.root.appending(path: "docs/tour.md"))
    var place = folder.url
    var count = 0
    for block in page.blocks {
      switch block {
      case .file(let path, let content):
        try Data(content.utf8).write(to: place.appending(path: path))
      case .console(let console):
        let (text, next) = try type(console.commands, in: place)
        place = next
        count += console.commands.count
        let isRight = try console.matches(text)
        // What follows needs what did not happen.
        try #require(isRight, "docs/tour.md, line \(console.line): this was printed:\n\(text)")
      }
    }
    #expect(count > 15)
  }

  @Test func aPageIsHeldToItsWords() throws {
    let console = TourPage.Console(line: 1, commands: [], output: ["a … c", "…", "d  (1)"])
    #expect(try console.matches("a b c\nd (1)\n"))
    #expect(try console.matches("a  c\nx\ny\nd      (1)\n"))
    for text in ["", "a b c\n", "a b c\nd (1)\nx\n", "x\na b c\nd (1)\n", "a b c\nd 1\n"] {
      #expect(try !console.matches(text), "\(text)")
    }
  }

  /// Types commands into a shell; what appears, and the folder that it is in then.
  private func type(_ commands: [String], in place: URL) throws -> (text: String, place: URL) {
    let note = folder.url.appending(path: "place").path
    let script =
      commands.map { $0.replacing("7007", with: "\(port)") } + ["pwd >'\(note)'"]
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let shell = try PVHCommand(
      ["-c", "exec 2>&1\n" + script.joined(separator: "\n")],
      environment: ["PATH": Checkout.pvh.deletingLastPathComponent().path + ":" + path],
      folder: place, program: URL(filePath: "/bin/bash")
    ).finish()
    let last = try String(contentsOfFile: note, encoding: .utf8)
    return (
      shell.text.replacing("\(port)", with: "7007"),
      URL(filePath: last.trimmingCharacters(in: .newlines))
    )
  }
}
