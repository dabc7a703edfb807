// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// `pvh fixtures`, and what `pvh run` takes for the verdicts of fixtures.
@Suite(.command) struct FixturesCommandTests {
  private struct Listing: Decodable {
    struct Fixture: Decodable {
      struct Parameter: Decodable {
        let name: String
        let type: String
      }
      let name: String
      let end: String
      let parameters: [Parameter]
      let size: Int?
      let sha256: String?
    }
    let version: Int
    let fixtures: [Fixture]
  }

  private func listing(_ words: String...) throws -> Listing {
    let result = try PVHCommand(["fixtures", "--json"] + words).finish()
    #expect(result.status == 0, "\(result.errors)")
    return try JSONDecoder().decode(Listing.self, from: result.output)
  }

  @Test func listsThemForPeopleAndPrograms() throws {
    let table = try PVHCommand("fixtures").finish().text
    let listing = try listing()
    #expect(listing.version == 1)
    #expect(table.split(separator: "\n").count == listing.fixtures.count + 1)
    for fixture in listing.fixtures {
      #expect(table.contains("\n\(fixture.name) "), "\(fixture.name)")
    }
    let fill = try #require(listing.fixtures.first { $0.name == "xs-fill" })
    #expect(fill.end == "on-request" && fill.size == nil)
    #expect(fill.parameters.map(\.name) == ["nodes", "size"])
    #expect(fill.parameters.map(\.type) == ["number-or-max", "number"])
    #expect(try PVHCommand("fixtures", "xs-fill").finish().text.contains("nodes=0...1000000|max"))
  }

  @Test func imagesHaveTheirSizesAndSums() throws {
    let folder = try ScratchFolder()
    for fixture in try listing().fixtures {
      _ = try folder.file("\(fixture.name).pvh", Data("abc".utf8))
    }
    let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    for fixture in try listing("--images", folder.url.path).fixtures {
      #expect(fixture.size == 3 && fixture.sha256 == sum)
    }
    let missing = try PVHCommand("fixtures", "--json", "--images", "/nowhere").finish()
    #expect(missing.status == 125)
    #expect(missing.errors.contains("/nowhere/idle.pvh"), "\(missing.errors)")
    #expect(missing.errors.contains("makes the images"))
  }

  @Test(arguments: [
    (["fixtures", "xs-fil"], "there is no fixture \"xs-fil\"; is it xs-fill?"),
    (["fixtures", "nothing-like-it"], "pvh fixtures lists them"),
    (["fixtures", "--images", "."], "--images requires --json"),
    (["run", "x.pvh", "--skip-ok"], "--skip-ok requires --format"),
    (["run", "x.pvh", "--format", "xml"], "'tap', 'junit', 'github' or 'json'"),
    (["run", "x.pvh", "--format", "tap", "--detach"], "--format is for a run that ends"),
    (["run", "x.pvh", "--format", "tap", "--on", "qemu"], "--format is for a run that ends"),
  ])
  func mistakesAreExplained(words: [String], message: String) throws {
    let result = try PVHCommand(words).finish()
    #expect(result.status == 64)
    #expect(result.errors.contains(message), "\(result.errors)")
  }
}
