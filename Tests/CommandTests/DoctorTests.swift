// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// `pvh doctor` on the machine that runs the tests.
@Suite(.command) struct DoctorCommands {
  @Test func saysThatNothingWorksWithoutPrograms() throws {
    let cache = try ScratchFolder()
    let result = try PVHCommand(
      ["doctor"], environment: ["PATH": "/nonexistent", "XDG_CACHE_HOME": cache.url.path]
    ).finish()
    #expect(result.status == 1)
    #expect(result.text.contains("!! QEMU"))
    #expect(result.text.contains("→ apt-get install qemu-system-x86"))
    #expect(result.text.contains("!! Swift"))
    #expect(try FileManager.default.subpathsOfDirectory(atPath: cache.url.path).isEmpty)
  }

  @Test(.enabled("needs a lab") { Checkout.hasLab }, arguments: [[], ["--json"]])
  func findsThisMachineFit(options: [String]) throws {
    let result = try PVHCommand(["doctor"] + options).finish()
    #expect(result.status == 0)
    #expect(
      result.text.contains(options.isEmpty ? "Guests can be built, and run here" : "\"fit\" : true")
    )
  }
}
