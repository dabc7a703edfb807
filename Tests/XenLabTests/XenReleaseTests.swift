// SPDX-License-Identifier: Apache-2.0

import SystemPackage
import Testing

@testable import XenLab

@Suite struct XenReleaseTests {
  @Test func knownVersionsOnly() throws {
    #expect(try XenRelease(named: "4.20").version == "4.20")
    for name in ["", "4", "4.2", "4.16", "4.20.1", "5.0"] {
      #expect(throws: LabError.unknownXen(version: name)) { try XenRelease(named: name) }
    }
    let text = LabError.unknownXen(version: "4.16").description
    #expect(text.contains("4.17, 4.18, 4.19, 4.20, 4.21, 4.22"))
  }

  @Test func aCommandForAnotherVersionNamesIt() throws {
    let other = try XenRelease(named: XenRelease.ofThisMachine.version == "4.20" ? "4.17" : "4.20")
    let text = LabError.preparation(of: other, .oxenstored)
    #expect(text == "pvh lab prepare --xen \(other.version) --xenstore oxenstored")
  }

  private static let targets = """
    http://mirror/debian/ bookworm main
    http://mirror/debian/ bookworm contrib
    http://mirror/debian/ bookworm-updates main
    http://mirror/debian/ bookworm-backports main
    http://mirror/debian-security/ bookworm-security main
    https://elsewhere/ nodistro main

    """

  @Test func anotherReleaseOutOfTheSameArchives() {
    let keys = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
    let sources = AptSources(release: "trixie", targets: Self.targets, own: "bookworm")
    #expect(
      sources?.text == """
        deb \(keys) http://mirror/debian/ trixie main
        deb \(keys) http://mirror/debian/ trixie-updates main
        deb \(keys) http://mirror/debian-security/ trixie-security main

        """)
    // Sources may name a release by what it is at the moment.
    let stable = AptSources(release: "trixie", targets: "http://m/ stable main\n", own: nil)
    #expect(stable?.text == "deb \(keys) http://m/ trixie main\n")
    #expect(AptSources(release: "trixie", targets: "http://m/ noble main\n", own: nil) == nil)
  }

  @Test func aFolderOfPackagesComesFirst() throws {
    let targets = "http://m/ bookworm main\nhttps://elsewhere/ nodistro main\n"
    let debian = try #require(AptSources(release: "bookworm", targets: targets, own: "bookworm"))
    let sources = debian.preceded(by: "/a b/[x]")
    #expect(sources.text == "deb [trusted=yes] copy:/a%20b/%5bx%5d ./\n" + debian.text)
    #expect(!sources.text.contains("elsewhere"))
  }
}
