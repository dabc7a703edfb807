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
    // Image, stacks, page tables and what the builder put in take less than 256 KiB.
    #expect((mebibytes << 20) - (256 << 10)..<mebibytes << 20 ~= capacity[0])
    #expect(numbers(in: lines[2])[1] > capacity[0] - 64)
    #expect(lines[3] == "all came back in one piece")
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
    let image = try Data(contentsOf: URL(filePath: Checkout.guest("memory")))
    let configuration = """
      name = "high"
      type = "pvh"
      kernel = "/tmp/image"
      cmdline = "high"
      vcpus = 1
      memory = 256
      maxmem = 5120
      on_poweroff = "preserve"
      on_crash = "preserve"
      """
    // In pieces: the kernel's limit for one argument is 128 KiB.
    for piece in image.base64EncodedString().pieces(of: 96 << 10) {
      _ = try lab.execute("sh", "-c", "echo '\(piece)' >> /tmp/image.base64")
    }
    _ = try lab.execute(
      "sh", "-c",
      "base64 -d /tmp/image.base64 > /tmp/image; echo '\(configuration)' > /tmp/high.cfg")
    _ = try lab.execute("xl", "create", "-q", "/tmp/high.cfg")
    let home = "/local/domain/1/data"
    for _ in 0..<50 where try lab.execute("xenstore-read", "\(home)/exit-status").isEmpty {
      _ = try lab.execute("sleep", "0.2")
    }
    #expect(try lab.execute("xenstore-read", "\(home)/exit-status") == "0")
    #expect(try lab.execute("xenstore-read", "\(home)/high") == "yes")
    let capacity = Int(try lab.execute("xenstore-read", "\(home)/capacity")) ?? 0
    #expect((5119 << 20)..<(5120 << 20) ~= capacity)
  }

  private func numbers(in line: Substring) -> [Int] {
    line.split { !$0.isNumber }.compactMap { Int($0) }
  }
}

extension String {
  /// The string cut up.
  fileprivate func pieces(of size: Int) -> [Substring] {
    var pieces: [Substring] = []
    var rest = self[...]
    while !rest.isEmpty {
      pieces.append(rest.prefix(size))
      rest = rest.dropFirst(size)
    }
    return pieces
  }
}
