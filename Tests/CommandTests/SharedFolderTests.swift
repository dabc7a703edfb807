// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Packages that share a folder to compile in.
@Suite(.command) struct SharedFolderTests {
  /// The package manager keeps its plan there, and takes that of another package for this one's when the manifest of the
  /// other has changed.
  @Test func eachBuildsItsOwnGuestOfOneName() throws {
    let folder = try ScratchFolder()
    for name in ["one", "other"] {
      #expect(try PVHCommand(["new", name], folder: folder.url).finish().status == 0)
      try edit(folder, "\(name)/Package.swift") {
        $0.replacing("\"\(name)\"", with: "\"twin\"")
      }
      let sources = folder.url.appending(path: "\(name)/Sources")
      try FileManager.default.moveItem(
        at: sources.appending(path: name), to: sources.appending(path: "twin"))
      let main = try #require(
        FileManager.default.contentsOfDirectory(atPath: sources.appending(path: "twin").path).first)
      try edit(folder, "\(name)/Sources/twin/\(main)") {
        $0.replacing("hello from", with: "words of \(name):")
      }
    }
    try build(folder, "one")
    for _ in 0..<2 {
      try edit(folder, "one/Package.swift") { $0 + "// changed\n" }
      try build(folder, "one")
      try build(folder, "one")
      try build(folder, "other")
    }
  }

  private func edit(
    _ folder: borrowing ScratchFolder, _ path: String, _ change: (String) -> String
  ) throws {
    let file = folder.url.appending(path: path)
    let text = try String(contentsOf: file, encoding: .utf8)
    let changed = change(text)
    #expect(changed != text, "\(path): \(text)")
    try Data(changed.utf8).write(to: file)
  }

  private func build(_ folder: borrowing ScratchFolder, _ name: String) throws {
    let package = folder.url.appending(path: name)
    let result = try PVHCommand(
      ["build", "--scratch-path", Checkout.guestBuilds.path], folder: package
    ).finish()
    #expect(result.status == 0, "\(result.errors)")
    let image = try Data(contentsOf: package.appending(path: ".build/pvh/twin.pvh"))
    #expect(image.range(of: Data("words of \(name):".utf8)) != nil)
  }
}
