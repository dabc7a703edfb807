// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// `pvh inspect` and `pvh check` on real files.
@Suite(.command) struct InspectCommands {
  @Test func showsAnImage() throws {
    let result = try PVHCommand("inspect", Checkout.example("hello")).finish()
    #expect(result.status == 0)
    #expect(result.errors.isEmpty)
    #expect(result.text.contains("hello.pvh: PVH image, 64-bit ELF for x86-64, "))
    #expect(result.text.contains("PHYS32_ENTRY"))
    #expect(result.text.contains("  xl, libxl         boots\n"))
  }

  @Test func printsJSONWithTheSchemasFields() throws {
    let result = try PVHCommand("inspect", "--json", Checkout.example("hello")).finish()
    let object = try #require(
      try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
    #expect(
      Set(object.keys) == [
        "schema", "file", "packing", "size", "elfClass", "machine", "type", "elfEntry", "entry",
        "extent", "loadedSize", "smallestMemoryKiB", "segments", "notes", "launchers",
      ])
    #expect(object["schema"] as? Int == 1)
    let notes = try #require(object["notes"] as? [[String: Any]])
    #expect(notes.first?["name"] as? String == "PHYS32_ENTRY")
    let entry = try #require(object["entry"] as? [String: Any])
    #expect(notes.first?["number"] as? Int == entry["address"] as? Int)
  }

  @Test func refusesToInspectWhatIsNoImage() throws {
    let result = try PVHCommand("inspect", "/etc/passwd").finish()
    #expect(result.status == 126)
    #expect(result.errors.hasPrefix("pvh: /etc/passwd: is not an ELF file"))
  }

  /// A program that reads standard output gets the reason, too.
  @Test func printsJSONOfWhatIsNoImage() throws {
    let result = try PVHCommand("inspect", "--json", "/etc/passwd").finish()
    #expect(result.status == 126)
    let object = try #require(
      try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
    #expect(object["file"] as? String == "/etc/passwd")
    let reason = try #require(object["unreadable"] as? [String: Any])
    #expect(reason["name"] as? String == "not-elf")
  }

  @Test func checkPassesAnImageOfOurs() throws {
    let result = try PVHCommand("check", Checkout.example("hello")).finish()
    #expect(result.status == 0)
    #expect(result.text == "\(Checkout.example("hello")): xl, libxl: boots\n")
  }

  @Test(arguments: [("/bin/ls", 1, "[no-pvh-note]"), ("/etc/passwd", 126, "[not-elf]")])
  func checkSaysWhatIsWrong(file: String, status: Int32, name: String) throws {
    let result = try PVHCommand("check", Checkout.example("hello"), file).finish()
    #expect(result.status == status)
    #expect(result.text.contains(name))
  }

  @Test func checksForEveryLauncher() throws {
    let result = try PVHCommand("check", "--launcher", "all", "--json", "/bin/ls").finish()
    let files = try #require(
      try JSONSerialization.jsonObject(with: result.output) as? [[String: Any]])
    let verdicts = try #require(files.first?["launchers"] as? [[String: Any]])
    #expect(verdicts.map { $0["launcher"] as? String } == ["xl", "qemu", "dom0"])
    #expect(verdicts.allSatisfy { $0["boots"] as? Bool == false })
  }
}
