// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Images, stacks and modules of any size, wherever they lie.
@Suite(.lab) struct Room {
  @Test func anImageOfSomeMebibytesHasItsConstantsAndVariables() throws {
    let folder = try ScratchFolder()
    let module = try folder.file("module", Data(count: 100_000))
    let result = try run("tables", "--memory", "8", "--module", module)
    #expect(result.text == "constants: 1 2 3 4\nvariables: 15 16\nmodule: 100000\n")
    #expect(result.status == 0)
  }

  @Test func constantsAboveTwoMebibytesCannotBeWritten() throws {
    let result = try run("tables", "--memory", "8", "--cmdline", "write")
    #expect(result.text.contains("*** the guest crashed: page fault, writing"))
    #expect(result.status == 134)
  }

  @Test(.timeLimit(.minutes(30)))
  func modulesAndStartInfoAboveOneGibibyteAreRead() throws {
    let folder = try ScratchFolder()
    let content = Data((0..<900_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    let sum = content.reduce(UInt64(0)) { $0 &* 31 &+ UInt64($1) }
    let result = try run(
      "moved", "--memory", "1400", "--module", try folder.file("module", content), "--cmdline",
      "above")
    let module = "module: 900000 bytes, sum \(sum)"
    #expect(
      result.text == """
        command line: above
        \(module)
        heap: 1398 MiB, 200 used
        \(module)

        """, "\(result.errors)")
    #expect(result.status == 0)
  }

  @Test func theStackIsAsLargeAsThePackageSays() throws {
    let result = try run("deep", "--memory", "16")
    #expect(result.text == "40001\n")
    #expect(result.status == 0)
  }

  @Test func aStackThatIsStillTooSmallOverflowsVisibly() throws {
    let result = try run("deep", "--memory", "16", "--cmdline", "too deep")
    #expect(result.text.contains("(stack overflow)"))
    #expect(result.status == 134)
  }
}
