// SPDX-License-Identifier: Apache-2.0

import NetWire
import Testing

@Suite struct DNSMessageTests {
  private let name: DNSName

  init() throws { name = try #require(DNSName(Array("www.Example.org".utf8))) }

  private let pointer: [UInt8] = [0xC0, 12]

  @Test func aQuestionHasTheBytesOfRFC1035() {
    #expect(
      DNSQuery.bytes(0xABCD, name)
        == [0xAB, 0xCD, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3] + Array("www".utf8) + [7]
        + Array("example".utf8) + [3] + Array("org".utf8) + [0, 0, 1, 0, 1])
  }

  @Test(arguments: [
    "", ".", "a..b", ".a", String(repeating: "x", count: 64), "a b", "ä.org",
    (0..<64).map { _ in "abc" }.joined(separator: "."),
  ])
  func whatIsNoNameIsRefused(text: String) { #expect(DNSName(Array(text.utf8)) == nil) }

  @Test func aNameMayEndWithADot() {
    #expect(DNSName(Array("www.example.org.".utf8)) == name)
  }

  /// An answer to the question for `name`.
  private func message(_ records: [[UInt8]], flags: UInt16 = 0x8180) -> [UInt8] {
    var bytes = DNSQuery.bytes(7, name)
    bytes[2] = UInt8(flags >> 8)
    bytes[3] = UInt8(flags & 255)
    bytes[7] = UInt8(records.count)
    return bytes + records.flatMap { $0 }
  }

  private func record(_ owner: [UInt8], _ type: UInt8, _ data: [UInt8], life: UInt8 = 60) -> [UInt8]
  {
    owner + [0, type, 0, 1, 0, 0, 0, life, 0, UInt8(data.count)] + data
  }

  @Test func addressesAreRead() {
    let bytes = message([
      record(pointer, 1, [10, 0, 0, 1]), record(pointer, 1, [10, 0, 0, 2], life: 30),
      record(pointer, 16, [1, 2]),
    ])
    #expect(
      answer(bytes)
        == .addresses(
          [.v4(IPv4Address(10, 0, 0, 1)), .v4(IPv4Address(10, 0, 0, 2))], seconds: 30))
  }

  @Test func anAliasIsFollowed() {
    let other: [UInt8] = [1, 0x41, 0xC0, 16]  // A.example.org
    let bytes = message([
      record(pointer, 5, other, life: 9), record([1, 0x61, 0xC0, 16], 1, [10, 0, 0, 3]),
      record([1, 0x62, 0xC0, 16], 1, [10, 0, 0, 4]),
    ])
    #expect(answer(bytes) == .addresses([.v4(IPv4Address(10, 0, 0, 3))], seconds: 9))
  }

  @Test func whatServersRefuseIsTold() {
    #expect(answer(message([], flags: 0x8183)) == .noSuchName)
    #expect(answer(message([], flags: 0x8182)) == .failed(2))
    #expect(answer(message([], flags: 0x8185)) == .failed(5))
    #expect(answer(message([])) == .noAddress)
  }

  @Test func answersToOtherQuestionsAreNotTaken() {
    let good = message([record(pointer, 1, [10, 0, 0, 1])])
    for (place, byte) in [(0, UInt8(1)), (2, 0x01), (5, 2), (14, 0x78), (30, 5)] {
      var bytes = good
      bytes[place] = byte
      #expect(answer(bytes) == nil, "byte \(place)")
    }
  }

  @Test func namesThatGoInCirclesAreRefused() {
    let start = UInt8(DNSQuery.bytes(7, name).count)
    #expect(answer(message([record([0xC0, start], 1, [10, 0, 0, 1])])) == nil)
    #expect(answer(message([record([0xC0, start + 2, 0xC0, start], 1, [10, 0, 0, 1])])) == nil)
    #expect(answer(message([record([1, 0x61, 0xC0, start], 1, [10, 0, 0, 1])])) == nil)
    #expect(answer(message([record([0xC0, 255], 1, [10, 0, 0, 1])])) == nil)
    #expect(answer(message([record([0x80, 12], 1, [10, 0, 0, 1])])) == nil)
    #expect(answer(message([record(pointer, 5, [0xC0, 12, 0])])) == nil)
    #expect(answer(message([record(pointer, 1, [10, 0, 0])])) == nil)
  }

  @Test func whatIsCutIsRefused() {
    let bytes = message([
      record(pointer, 5, [1, 0x61, 0xC0, 16]), record(pointer, 1, [1, 2, 3, 4]),
    ])
    for count in bytes.indices { #expect(answer(Array(bytes[..<count])) == nil) }
  }

  private func answer(_ bytes: [UInt8]) -> DNSAnswer? { DNSAnswer(bytes.span.bytes, to: 7, name) }
}
