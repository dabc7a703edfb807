// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// `pvh explain`: from an error to its cause in the image.
@Suite(.command) struct ExplainCommands {
  @Test func explainsAndNamesTheCause() throws {
    let result = try PVHCommand(
      "explain", "xc_dom_find_loader: no loader found: Invalid kernel", "--image", "/bin/ls"
    ).finish()
    #expect(result.status == 0)
    #expect(result.text.contains("  says     libxenguest\n"))
    #expect(result.text.contains("  cause    /bin/ls: has no Xen PHYS32_ENTRY note"))
  }

  @Test func saysThatAGoodImageIsNotTheCause() throws {
    let hello = Checkout.example("hello")
    let result = try PVHCommand("explain", "no loader found", "--image", hello).finish()
    #expect(result.text.contains("  cause    nothing is known of \(hello)"))
  }

  @Test func saysHowMuchMemoryAnImageNeeds() throws {
    let hello = Checkout.example("hello")
    let result = try PVHCommand(
      "explain", "xc_dom_alloc_segment: segment kernel too large", "--image", hello
    ).finish()
    #expect(
      result.text.contains(#/hello.pvh needs 112 KiB at least .* 1 MiB; 16 MiB are usual/#),
      "\(result.text)")
  }

  @Test func knowsWhyRDTSCPEndsADomain() throws {
    let result = try PVHCommand(
      "explain", "(XEN) SVM Insn len emulation failed (1): d1v0 64bit @ 0010:ffff -> 0f 01 f9"
    ).finish()
    #expect(result.status == 0)
    #expect(result.text.contains("--tsc native"))
  }

  @Test func readsStandardInput() throws {
    let result = try PVHCommand(
      ["explain"], input: Data("libxl: noise\nxc_dom_find_loader: no loader found\n".utf8)
    ).finish()
    #expect(result.status == 0)
    #expect(result.text.hasPrefix("xc_dom_find_loader: no loader found\n"), "\(result.text)")
  }

  @Test func saysThatNothingIsKnown() throws {
    let result = try PVHCommand("explain").finish()
    #expect(result.status == 1)
    #expect(result.errors == "pvh: nothing in the text is known to pvh explain\n")
  }

  /// The packed file is there, though what is in it is no image.
  @Test func saysWhatIsWrongInAPackedFile() throws {
    let folder = try ScratchFolder()
    let file = folder.url.appending(path: "text.gz")
    // "text", packed with gzip.
    let packed = "H4sIAAAAAAAC/ytJrSgBAMenizsEAAAA"
    try #require(Data(base64Encoded: packed)).write(to: file)
    let result = try PVHCommand("explain", "x", "--image", file.path).finish()
    #expect(result.status == 1)
    #expect(result.text.hasPrefix("\(file.path): not an image\n"), "\(result.text)")
    #expect(result.text.contains("[not-elf]"), "\(result.text)")
  }

  @Test func refusesAnImageThatIsNotThere() throws {
    let result = try PVHCommand("explain", "x", "--image", "/nonexistent").finish()
    #expect(result.status == 126)
  }
}
