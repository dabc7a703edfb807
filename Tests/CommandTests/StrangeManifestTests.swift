// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Memory in manifests that somebody else wrote.
@Suite(.command) struct StrangeManifests {
  @Test func memoryIsRoundedUpToMebibytes() throws {
    let result = try export("leastMemoryKiB", 3500)
    #expect(result.text.contains("memory = 4\n"))
    #expect(result.status == 0)
  }

  @Test(arguments: ["leastMemoryKiB", "wishedMemoryKiB"])
  func absurdMemoryIsRefused(field: String) throws {
    let result = try export(field, .max)
    #expect(result.status == 126)
    #expect(result.errors.contains("wants 18446744073709551615 KiB of memory"))
  }

  private func export(_ field: String, _ number: UInt64) throws -> PVHCommand.Result {
    let source = """
        .section .note.Xen, "a", @note
        .long 4, 4, 18
        .asciz "Xen"
        .long _start
        .long 7, 2f-1f, 1
        .asciz "PVHKit"
        .balign 4
      1:
        .ascii "{\\"name\\":\\"x\\",\\"\(field)\\":\(number)}"
      2:
        .balign 4

      """
    let kernel = try ForeignKernel(ForeignKernel.debugPort + source)
    return try PVHCommand("export", kernel.path, "--format", "xl").finish()
  }
}
