// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing
import XenDomainModel

/// `docs/launch-variations.md` says what the variations say.
@Suite struct LaunchVariationPageTests {
  /// With `PVHKIT_UPDATE_DOCS=1` the page is written anew.
  @Test func thePageHasEveryVariation() throws {
    let page = try DocumentPage("launch-variations.md")
    let start = try #require(page.text.range(of: "\n## The variations")?.lowerBound)
    let rows = LaunchVariation.allCases.map {
      "| `\($0.rawValue)` | \($0.meaning) | \($0.permission) |\n"
    }
    let table = "\n## The variations\n\n| name | what is odd | what allows it |\n|---|---|---|\n"
    let wanted = page.text[..<start] + table + rows.joined()
    #expect(
      try page.isUpToDate(wanted),
      "PVHKIT_UPDATE_DOCS=1 swift test --filter LaunchVariationPageTests writes it")
  }
}
