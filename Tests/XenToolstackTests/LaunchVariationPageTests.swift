// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XenDomainModel

/// `docs/launch-variations.md` says what the variations say.
@Suite struct LaunchVariationPageTests {
  /// With `PVHKIT_UPDATE_DOCS=1` the page is written anew.
  @Test func thePageHasEveryVariation() throws {
    let page = URL(filePath: #filePath).appending(path: "../../../docs/launch-variations.md")
      .standardizedFileURL
    let text = try String(contentsOf: page, encoding: .utf8)
    let start = try #require(text.range(of: "\n## The variations")?.lowerBound)
    let rows = LaunchVariation.allCases.map {
      "| `\($0.rawValue)` | \($0.meaning) | \($0.permission) |\n"
    }
    let table = "\n## The variations\n\n| name | what is odd | what allows it |\n|---|---|---|\n"
    let wanted = text[..<start] + table + rows.joined()
    if ProcessInfo.processInfo.environment["PVHKIT_UPDATE_DOCS"] == "1" {
      try wanted.write(to: page, atomically: true, encoding: .utf8)
    } else {
      #expect(text == wanted, "PVHKIT_UPDATE_DOCS=1 swift test --filter PageTests writes it")
    }
  }
}
