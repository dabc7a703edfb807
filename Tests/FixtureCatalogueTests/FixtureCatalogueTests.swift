// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import FixtureCatalogue
import Foundation
import Testing

/// The names of fixtures and their parameters are an interface.
@Suite struct FixtureCatalogueTests {
  @Test func everyNameIsThereOnce() throws {
    let names = FixtureCatalogue.all.map { "\($0.name)" }
    #expect(Set(names).count == names.count)
    let sources = Checkout.root.appending(path: "guest-runtime/Fixtures/Sources")
    let folders = try FileManager.default.contentsOfDirectory(atPath: sources.path)
    #expect(Set(folders) == Set(names + ["FixtureSupport", "CFaults"]))
  }

  @Test func parametersCanBeNodesAndWords() {
    for fixture in FixtureCatalogue.all {
      #expect("\(fixture.behaviour)".hasSuffix("."))
      for parameter in fixture.parameters {
        let name = "\(parameter.name)"
        #expect(name.wholeMatch(of: #/[a-z][a-z-]*/#) != nil, "\(fixture.name): \(name)")
        if case .number(let standard, let least, let most) = parameter.kind {
          // One that means "not given" may lie outside.
          #expect(least <= most && (standard >= least), "\(fixture.name): \(name)")
        }
      }
    }
  }

  @Test func findsTheNearestName() {
    func nearest(_ name: String, _ names: [String]) -> Int? {
      FixtureCatalogue.nearest(to: Array(name.utf8), in: names.map { Array($0.utf8) })
    }
    #expect(nearest("hwo", ["after", "how"]) == 1)
    #expect(nearest("xs-fil", ["idle", "xs-fill", "xs-late"]) == 1)
    #expect(nearest("something", ["idle", "end"]) == nil)
    #expect(nearest("", ["idle"]) == nil)
    #expect(nearest("idle", []) == nil)
  }

  /// The examples of FIPS 180-4, and a text longer than a block.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      String(repeating: "a", count: 1000),
      "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"
    ),
  ])
  func sums(text: String, sum: String) {
    var digest = SHA256()
    for byte in text.utf8 { digest.add(byte) }
    #expect(String(decoding: digest.digits(), as: UTF8.self) == sum)
  }

  @Test func floodsFollowFromTheirSeeds() {
    func bytes(_ seed: UInt32) -> [UInt8] {
      var stream = FloodStream(seed: seed)
      return (0..<256).map { _ in stream.next() }
    }
    #expect(bytes(1) == bytes(1) && bytes(1) != bytes(2))
    #expect(bytes(9).indices.filter { bytes(9)[$0] == 10 } == [63, 127, 191, 255])
  }

  /// `PVHKIT_UPDATE_DOCS=1` writes the page's list anew.
  @Test func thePageHasAllOfThem() throws {
    let page = try DocumentPage("fixtures.md")
    let text = page.text
    var rows = ["| name | what it does | ends | parameters |", "|---|---|---|---|"]
    for fixture in FixtureCatalogue.all {
      let parameters = fixture.parameters.map { "`\($0.name)`" }.joined(separator: " ")
      rows.append(
        "| `\(fixture.name)` | \(fixture.behaviour) | \(fixture.end.word) | \(parameters) |")
    }
    let (start, end) = ("<!-- from FixtureCatalogue -->\n", "<!-- end -->\n")
    let head = try #require(text.range(of: start))
    let tail = try #require(text.range(of: end))
    let wanted =
      text[..<head.upperBound] + rows.joined(separator: "\n") + "\n" + text[tail.lowerBound...]
    #expect(
      try page.isUpToDate(wanted),
      "PVHKIT_UPDATE_DOCS=1 swift test --filter FixtureCatalogueTests writes it")
  }
}
