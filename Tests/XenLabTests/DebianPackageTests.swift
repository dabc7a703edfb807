// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import XenLab

@Suite struct DebianPackageTests {
  @Test func readsALineOfPrintURIs() throws {
    let line =
      "'http://mirror/pool/z/zlib1g_1.2.deb' zlib1g_1%3a1.2.13.dfsg-1_amd64.deb 86684 MD5Sum:0"
    let package = try #require(DebianPackage(uriLine: line))
    #expect(package.request == "zlib1g=1:1.2.13.dfsg-1")
    #expect(package.file == "zlib1g_1%3a1.2.13.dfsg-1_amd64.deb")
    #expect(package.size == 86684)
  }

  @Test(arguments: [
    "", "Reading package lists...", "'uri", "'uri' name_1_amd64.deb", "'uri' name.deb 12 x",
    "'uri' name_1_amd64.deb many x", "'uri' _1_amd64.deb 12 x",
  ])
  func refusesOtherLines(line: String) {
    #expect(DebianPackage(uriLine: line) == nil)
  }

  @Test(arguments: ["1%", "1%3", "1%zz", "%3a"])
  func survivesOddEscapes(version: String) {
    let package = DebianPackage(uriLine: "'u' n_\(version)_amd64.deb 1 x")
    #expect(package?.version == (version == "%3a" ? ":" : version))
  }

  @Test func readsSectionsOfParagraphs() {
    let text = """
      Package: a
      Section: libs
      Description: x

      Package: b
      Version: 1

      Section: orphan
      """
    #expect(DebianPackage.sections(paragraphs: text) == ["a": "libs"])
  }
}
