// SPDX-License-Identifier: Apache-2.0

import NetWire
import Testing

@Suite struct InternetChecksumTests {
  @Test func theExampleOfRFC1071() {
    var checksum = InternetChecksum()
    checksum.add([0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7])
    #expect(checksum.sum == 0xDDF2)
    #expect(checksum.value == 0x220D)
  }

  @Test func anIPv4HeaderSumsUpToNothing() {
    var header: [UInt8] = [
      0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11, 0x00, 0x00, 0xC0, 0xA8, 0x00,
      0x01, 0xC0, 0xA8, 0x00, 0xC7,
    ]
    var checksum = InternetChecksum()
    checksum.add(header)
    #expect(checksum.value == 0xB861)
    (header[10], header[11]) = (0xB8, 0x61)
    checksum = InternetChecksum()
    checksum.add(header)
    #expect(checksum.value == 0)
  }

  @Test(arguments: 0...70) func partsOfAnyLengthSumUpAsWords(count: Int) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 151 + 7) }
    var expected: UInt32 = 0
    for offset in stride(from: 0, to: count, by: 2) {
      expected += UInt32(bytes[offset]) << 8 | (offset + 1 < count ? UInt32(bytes[offset + 1]) : 0)
    }
    while expected > 0xFFFF { expected = expected & 0xFFFF + expected >> 16 }
    var checksum = InternetChecksum()
    let middle = count / 4 * 2
    checksum.add(Array(bytes[..<middle]))
    checksum.add(Array(bytes[middle...]))
    #expect(UInt32(checksum.sum) == expected)
  }

  @Test func thePseudoHeaderCounts() {
    let checksum = InternetChecksum(
      from: .v4(IPv4Address(192, 168, 0, 1)), to: .v4(IPv4Address(192, 168, 0, 199)),
      protocolNumber: 17, count: 10)
    #expect(UInt32(checksum.sum) == (0xC0A8 + 0x0001 + 0xC0A8 + 0x00C7 + 17 + 10) % 0xFFFF)
  }
}
