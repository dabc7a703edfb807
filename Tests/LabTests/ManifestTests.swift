// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Testing

/// `Tests/Guests/pvh.json` declares a command line and memory for one guest.
@Suite(.lab) struct Manifests {
  @Test func theGuestGetsWhatItsManifestSays() throws {
    let result = try run("arguments")
    #expect(result.text.hasPrefix("command line: from the manifest\n"))
    #expect(result.errors.contains(", 4096 KiB, paused"))
  }

  @Test func optionsGoFirst() throws {
    let result = try run("arguments", "--cmdline", "mine", "--memory", "2")
    #expect(result.text.hasPrefix("command line: mine\n"))
    #expect(result.errors.contains(", 2048 KiB, paused"))
  }

  @Test func tooLittleMemoryIsRefused() throws {
    let result = try run("arguments", "--memory", "1")
    #expect(result.status == 126)
    #expect(result.errors.contains("does not work with less than 2048 KiB of memory"))
  }

  @Test func inspectShowsIt() throws {
    let result = try PVHCommand("inspect", Checkout.guest("arguments")).finish()
    #expect(result.text.contains("  cmdline \"from the manifest\"\n"))
  }
}
