// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// All the memory of a domain, and what may be done with it.
@Suite(.lab) struct DomainMemory {
  /// 1400 MiB reach above what the boot code maps.
  @Test(arguments: [2, 4, 64, 1400])
  func allOfItCanBeUsedAndComesBack(mebibytes: Int) throws {
    let result = try run("memory", "--memory", "\(mebibytes)")
    #expect(result.status == 0)
    let lines = result.text.split(separator: "\n")
    try #require(lines.count == 4, "\(result.text)")
    #expect(lines[0] == "allocation functions do what C says")
    let capacity = numbers(in: lines[1])
    // Image, stacks, page tables and what the builder put in take less than 512 KiB.
    #expect((mebibytes << 20) - (512 << 10)..<mebibytes << 20 ~= capacity[0])
    #expect(numbers(in: lines[2])[1] > capacity[0] - 64)
    #expect(lines[3] == "all came back in one piece")
  }

  @Test func whatTheBuilderPutInStaysWhole() throws {
    let folder = try ScratchFolder()
    let content = Data((0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    let result = try run(
      "memory", "--memory", "4", "--module", try folder.file("module", content),
      "--cmdline", String(repeating: "long ", count: 200))
    #expect(result.status == 0)
    #expect(result.text.hasSuffix("all came back in one piece\n"))
    let capacity = numbers(in: result.text.split(separator: "\n")[1])[0]
    #expect((4 << 20) - 700_000 - (512 << 10)..<(4 << 20) - 700_000 ~= capacity)
  }

  @Test(arguments: [4, 1400])
  func nothingIsBothWritableAndExecutable(mebibytes: Int) throws {
    let result = try run("page-tables", "--memory", "\(mebibytes)")
    #expect(result.status == 0)
    let lines = result.text.split(separator: "\n")
    try #require(lines.count == 12, "\(result.text)")
    #expect(numbers(in: lines[1])[0] >= mebibytes << 20)
    #expect(lines[2] == "writable and executable: 0 pages")
    #expect(numbers(in: lines[3])[0] > 0)
    #expect(numbers(in: lines[3]) == numbers(in: lines[4]))
    #expect(
      lines[5...] == [
        "page zero: unmapped",
        "code: read, execute",
        "constants: read",
        "variables: read, write",
        "guard of the main stack: unmapped",
        "guard of the exception stack: unmapped",
        "the CPU obeys",
      ])
  }

  /// The lab has no 5 GiB, so Xen gives the domain memory where it is touched: a domain whose
  /// `maxmem` is above its `memory`.
  @Test func memoryAboveFourGibibytesCanBeUsed() throws {
    let lab = try LabConversation()
    try lab.create(Checkout.guest("memory"), ["cmdline='high'", "memory=256", "maxmem=5120"])
    #expect(try lab.exitStatusOfCreated() == "0")
    #expect(try lab.noteOfCreated("high") == "yes")
    let capacity = Int(try lab.noteOfCreated("capacity")) ?? 0
    #expect((5119 << 20)..<(5120 << 20) ~= capacity)
  }

  private func numbers(in line: Substring) -> [Int] {
    line.split { !$0.isNumber }.compactMap { Int($0) }
  }
}
