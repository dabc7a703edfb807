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

  @Test func readsStandardInput() throws {
    let result = try PVHCommand("explain").finish()
    #expect(result.status == 1)
    #expect(result.errors == "pvh: nothing in the text is known to pvh explain\n")
  }

  @Test func refusesAnImageThatIsNotThere() throws {
    let result = try PVHCommand("explain", "x", "--image", "/nonexistent").finish()
    #expect(result.status == 126)
  }
}
