// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import XenToolstack

@Suite struct StartInfoBlockTests {
  private func word(_ bytes: [UInt8], _ offset: Int) -> Int {
    (0..<8).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
  }

  @Test func everyAddressPointsIntoTheBlock() {
    let block = StartInfoBlock(commandLine: "a=b", moduleSize: 5000, pageCount: 64)
    let bytes = block.bytes(at: 0x8000, moduleAddress: 0x6000)
    #expect(bytes.count == block.size)
    #expect(bytes[0..<4] == [0x78, 0xc5, 0x6e, 0x33])
    let module = word(bytes, 16) - 0x8000
    #expect(word(bytes, module) == 0x6000)
    #expect(word(bytes, module + 8) == 5000)
    let commandLine = word(bytes, 24) - 0x8000
    #expect(Array(bytes[commandLine...]) == Array("a=b\0".utf8))
    let map = word(bytes, 40) - 0x8000
    #expect(word(bytes, map) == 0)
    #expect(word(bytes, map + 8) == 64 * 4096)
    #expect(word(bytes, map + 24) == 0xfeff_8000)
  }

  @Test func withoutAModuleThereIsNoList() {
    let bytes = StartInfoBlock(commandLine: "", moduleSize: 0, pageCount: 64)
      .bytes(at: 0x8000, moduleAddress: 0)
    #expect(word(bytes, 16) == 0)
    #expect(bytes[12..<16] == [0, 0, 0, 0])
  }

  @Test func memoryFrom4GiBOnIsInTheMap() {
    let map = StartInfoBlock.memoryMap(pageCount: 5 << 18)
    #expect(map.map(\.kind) == [1, 2, 1])
    #expect(map[2].address == 4 << 30)
  }
}
