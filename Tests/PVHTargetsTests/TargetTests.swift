// SPDX-License-Identifier: Apache-2.0

import PVHTargets
import RunningLabs
import Testing

/// Targets as `--on` takes them.
@Suite struct TargetTests {
  @Test(arguments: [
    "auto", "local", "lab", "qemu", "lab:default", "lab:a.b-c_1", "ssh://host", "ssh://root@host",
    "ssh://root@host:2222", "ssh://[fe80::1]", "ssh://me@[fe80::1]:22",
  ])
  func aPlaceReadsBackAsItWasWritten(text: String) throws {
    #expect(try Target(text).description == text)
  }

  @Test func theParts() throws {
    #expect(try Target("lab:x") == .namedLab(LabName("x")))
    guard case .ssh(let destination) = try Target("ssh://me@[::1]:2200/") else {
      Issue.record("not an ssh destination")
      return
    }
    #expect(destination.user == "me")
    #expect(destination.host == "::1")
    #expect(destination.port == 2200)
    #expect(destination.arguments == ["-l", "me", "-p", "2200", "--", "::1"])
  }

  @Test(arguments: ["", "Lab", "local ", "ssh:host", "labor", "/dev/null"])
  func unknownTargets(text: String) {
    #expect(throws: TargetError.unknownTarget(text)) { try Target(text) }
  }

  @Test(arguments: [
    "", ".", "..", "a/b", "-x", "a b", "ä", String(repeating: "a", count: 33), "a\u{0}",
  ])
  func namesThatNoLabCanHave(name: String) {
    #expect(throws: TargetError.badLabName(LabNameError(text: name))) { try Target("lab:" + name) }
  }

  @Test(arguments: [
    "ssh://", "ssh://@host", "ssh://user@", "ssh://host:", "ssh://host:0", "ssh://host:65536",
    "ssh://host:x", "ssh://-oProxyCommand=x", "ssh://a b", "ssh://host/path", "ssh://[::1",
    "ssh://[::1]x", "ssh://-l@host", "ssh://$(x)",
  ])
  func destinationsThatSshWouldMisunderstand(text: String) {
    #expect { try Target(text) } throws: { error in
      guard case .badDestination = error as? TargetError else { return false }
      return true
    }
  }

  @Test func anErrorSaysWhatWouldBeRight() {
    #expect(TargetError.unknownTarget("x").description.contains("lab:NAME"))
    #expect(LabNameError(text: "x").description.contains("1 to 32"))
  }
}
