// SPDX-License-Identifier: Apache-2.0

import Testing
import XenBlock

/// What people call disks, and the numbers that Xen knows them by.
@Suite struct BlockNameTests {
  private static let names: [(String, UInt32)] = [
    ("xvda", 51712), ("xvdb", 51728), ("xvdp", 51952), ("xvda1", 51713), ("xvdc15", 51759),
    ("xvdq", 0x1000_1000), ("xvdz", 0x1000_1900), ("xvdaa", 0x1000_1a00), ("xvdzz", 0x1002_bd00),
    ("xvda16", 0x1000_0010), ("xvdaa255", 0x1000_1aff),
  ]

  @Test(arguments: names)
  func aNameIsANumber(name: String, number: UInt32) {
    #expect(BlockName(Array(name.utf8))?.number == number)
    #expect(String(decoding: BlockName(number: number).text, as: UTF8.self) == name)
    #expect(BlockName(Array("\(number)".utf8))?.number == number)
  }

  @Test(arguments: [
    "", "xvd", "xvdA", "xvda0", "xvda01", "xvda256", "xvdaaa", "xvda1b", "hda", "4294967296",
    "-1", "0x5", "xvda99999999999999999999", " xvda", "xvd1",
  ])
  func nonsenseIsNoName(text: String) {
    #expect(BlockName(Array(text.utf8)) == nil)
  }

  @Test(arguments: [768, 2048, 0, 0x2000_0000, 0x1002_be00, .max] as [UInt32])
  func otherNumbersAreTheirOwnNames(number: UInt32) {
    #expect(BlockName(number: number).text == Array("\(number)".utf8))
  }
}
