// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import ELFZoo
import Foundation
import Testing

/// `docs/elf-zoo.md` says what the images' table says.
@Suite struct ZooPageTests {
  /// With `PVHKIT_UPDATE_DOCS=1` the page is written anew.
  @Test func thePageHasEveryImage() throws {
    let page = try DocumentPage("elf-zoo.md")
    let start = page.text.range(of: "\n## ")?.lowerBound ?? page.text.endIndex
    let wanted = page.text[..<start] + Self.tables()
    #expect(
      try page.isUpToDate(wanted),
      "PVHKIT_UPDATE_DOCS=1 swift test --filter ZooPageTests writes it")
  }

  private static func tables() -> String {
    ZooImage.groups.map { group in
      """

      ## \(group.title)

      | image | what is odd | xl | qemu | linux-loader |
      |---|---|---|---|---|

      """
        + group.images.map { image in
          let verdicts = [image.xl, image.qemu, image.linuxLoader].map(Self.cell)
          let cells = ["`\(image.name)`", image.oddity] + verdicts
          return "| \(cells.joined(separator: " | ")) |\n"
        }.joined()
    }.joined()
  }

  private static func cell(_ verdict: ZooVerdict) -> String {
    let line = verdict.line == .pvhEntry ? nil : verdict.line
    let printed = line.map { ", prints \"\($0.rawValue)\"" } ?? ""
    return "**\(verdict.outcome.rawValue)**\(printed): \(verdict.reason) (\(verdict.source))"
  }
}
