// SPDX-License-Identifier: Apache-2.0

import KeptLabs
import Places
import Testing

/// Places as `--on` takes them.
@Suite struct PlaceTests {
  @Test(arguments: [
    "auto", "local", "lab", "qemu", "lab:default", "lab:a.b-c_1", "ssh://host", "ssh://root@host",
    "ssh://root@host:2222", "ssh://[fe80::1]", "ssh://me@[fe80::1]:22",
  ])
  func aPlaceReadsBackAsItWasWritten(text: String) throws {
    #expect(try Place(text).description == text)
  }

  @Test func theParts() throws {
    #expect(try Place("lab:x") == .namedLab(LabName("x")))
    guard case .ssh(let destination) = try Place("ssh://me@[::1]:2200/") else {
      Issue.record("not an ssh destination")
      return
    }
    #expect(destination.user == "me")
    #expect(destination.host == "::1")
    #expect(destination.port == 2200)
    #expect(destination.arguments == ["-l", "me", "-p", "2200", "--", "::1"])
  }

  @Test(arguments: ["", "Lab", "local ", "ssh:host", "labor", "/dev/null"])
  func unknownPlaces(text: String) {
    #expect(throws: PlaceError.unknownPlace(text)) { try Place(text) }
  }

  @Test(arguments: [
    "", ".", "..", "a/b", "-x", "a b", "ä", String(repeating: "a", count: 33), "a\u{0}",
  ])
  func namesThatNoLabCanHave(name: String) {
    #expect(throws: PlaceError.badLabName(LabNameError(text: name))) { try Place("lab:" + name) }
  }

  @Test(arguments: [
    "ssh://", "ssh://@host", "ssh://user@", "ssh://host:", "ssh://host:0", "ssh://host:65536",
    "ssh://host:x", "ssh://-oProxyCommand=x", "ssh://a b", "ssh://host/path", "ssh://[::1",
    "ssh://[::1]x", "ssh://-l@host", "ssh://$(x)",
  ])
  func destinationsThatSshWouldMisunderstand(text: String) {
    #expect { try Place(text) } throws: { error in
      guard case .badDestination = error as? PlaceError else { return false }
      return true
    }
  }

  @Test func anErrorSaysWhatWouldBeRight() {
    #expect(PlaceError.unknownPlace("x").description.contains("lab:NAME"))
    #expect(LabNameError(text: "x").description.contains("1 to 32"))
  }
}
