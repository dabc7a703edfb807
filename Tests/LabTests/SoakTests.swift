// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// The parts of tools/soak, for a few seconds each.
@Suite(.lab, .serialized) struct SoakTests {
  @Test(arguments: ["xenguest", "libxl", "disks", "kills", "crowds", "scarcity", "restarts"])
  func nothingIsLost(part: String) throws {
    let program = Checkout.root.appending(path: ".build/release/pvh-soak")
    let soak = try PVHCommand(
      [Checkout.pvh.path, Checkout.root.path, part]
        // Other tests run at the same time, on however slow a machine.
        + ["--cycles", "3", "--kills", "4", "--rounds", "1", "--seconds", "9"],
      program: program
    ).finish()
    #expect(soak.status == 0, "\(soak.text)\(soak.errors)")
    #expect(soak.text.contains("xenstore nodes"))
  }
}
