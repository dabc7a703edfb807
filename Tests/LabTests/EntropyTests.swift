// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Testing

/// Random bytes, or an error: never bytes that are not random.
@Suite(.lab) struct EntropyOfTheCPU {
  @Test func bytesDifferEachTime() throws {
    let result = try run("entropy")
    #expect(result.status == 0)
    let lines = result.text.split(separator: "\n")
    try #require(lines.count == 3, "\(result.text)")
    #expect(lines[0].hasPrefix("33 bytes:"))
    #expect(lines[0] != lines[1])
    #expect(Set(lines[0].split(separator: " ")).count > 10)
    #expect(lines[2] == "0 bytes")
  }

  @Test func aDomainWithoutRDSEEDWorksWithRDRAND() throws {
    let lab = try LabConversation()
    try lab.create(Checkout.guest("entropy"), ["memory=4", "cpuid='host,rdseed=0'"])
    #expect(try lab.exitStatusOfCreated() == "0")
  }

  @Test func aDomainWithNeitherSaysSo() throws {
    let lab = try LabConversation()
    try lab.create(Checkout.guest("entropy"), ["memory=4", "cpuid='host,rdseed=0,rdrand=0'"])
    #expect(try lab.exitStatusOfCreated() == "1")
    #expect(
      try lab.noteOfCreated("error")
        == "this CPU has neither RDSEED nor RDRAND, so there is no entropy")
  }
}
