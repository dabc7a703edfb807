// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// What domains are called that nobody gave a name.
@Suite(.lab) struct DomainNameTests {
  @Test func aFilesOddNameMakesNoOddDomains() throws {
    let lab = try DetachedLab("odd")
    let folder = try ScratchFolder()
    let image = try Data(contentsOf: URL(filePath: Checkout.guest("idle")))
    for (file, start) in [
      ("_x.pvh", "x-"), ("my  guest é.pvh", "my-guest-"), (".é.pvh", "guest-"),
      (String(repeating: "n", count: 200) + ".pvh", String(repeating: "n", count: 40) + "-"),
    ] {
      let created = try lab.pvh("create", try folder.file(file, image), "--paused")
      #expect(created.status == 0, "\(created.errors)")
      let list = try lab.pvh("list", "--json").output
      let names = try JSONDecoder().decode([Named].self, from: list).map(\.name)
      let name = try #require(names.first)
      #expect(name.wholeMatch(of: try Regex("\(start)[0-9]+")) != nil, "\(name)")
      #expect(try lab.pvh("destroy", name).status == 0)
    }
    try lab.expectNothingLeft()
  }

  private struct Named: Decodable {
    let name: String
  }
}
