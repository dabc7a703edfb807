// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// `pvh run --on qemu` with what QEMU does not start at the PVH entry by itself.
@Suite(.command) struct PackedRuns {
  /// QEMU takes the one for no kernel, and starts the other as a PC starts Linux.
  @Test(arguments: [false, true])
  func whatIsInAPackedFileRuns(inBootImage: Bool) throws {
    let kernel = try ForeignKernel(
      ForeignKernel.onPC("mov $line, %esi; call print; jmp switch_off"))
    let result = try PVHCommand(
      "run", try kernel.packed(inBootImage: inBootImage), "--on", "qemu", "--timeout", "30"
    ).finish()
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.text == "hello from a PC\n")
    #expect(result.errors.contains("ran, and the guest switched the PC off"))
  }
}
