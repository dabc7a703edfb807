// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import DNSServing

@Suite struct ZoneTests {
  private static let head = "$ORIGIN e.\n$TTL 5\n@ SOA a b 1 2 3 4 5\n"

  private static func failure(_ text: String) -> ZoneFailure? {
    do { _ = try Zone(Array(text.utf8)) } catch { return error }
    return nil
  }

  @Test(
    arguments: [
      ("x A 1.2.3", .badAddress), ("x A 1.2.3.256", .badAddress), ("x A 01.2.3.4", .badAddress),
      ("x AAAA 1::2::3", .badAddress), ("x AAAA 1:2:3:4:5:6:7", .badAddress),
      ("x AAAA :1", .badAddress),
      ("x AAAA 12345::", .badAddress), ("x A", .badAddress), ("x A 1.2.3.4 5", .badRecord),
      ("x", .badRecord),
      ("x MX a b", .badNumber), ("x MX 65536 b", .badNumber), ("x MX 1", .badRecord),
      ("x NS a..b", .badName),
      ("x NS \(String(repeating: "a", count: 64))", .badName), ("x NS .a", .badName),
      ("x NS a\\256", .badName),
      ("x NS \(String(repeating: "a.", count: 128))", .badName), ("x HINFO a b", .unknownType),
      ("x TXT \"a", .badText), ("x TXT \(String(repeating: "a", count: 256))", .badText),
      ("x TXT", .badRecord),
      ("x 99999999999 A 1.2.3.4", .badNumber), ("x 1y A 1.2.3.4", .badNumber),
      ("x ( A 1.2.3.4", .openParenthesis),
      ("x A 1.2.3.4 )", .openParenthesis), ("x.org. A 1.2.3.4", .outsideZone),
      ("x SOA a b 1 2 3 4 5", .noSOA),
      ("$INCLUDE file", .unknownDirective), ("$TTL", .badRecord),
      ("x CNAME a\nx A 1.2.3.4", .aliasWithOthers),
      ("x A 1.2.3.4\nx CNAME a", .aliasWithOthers),
    ] as [(String, ZoneFailure.Reason)])
  func isRefused(_ line: String, for reason: ZoneFailure.Reason) {
    let found = Self.failure(Self.head + line + "\n")
    #expect(found?.reason == reason)
    #expect(found.map { $0.line >= 4 } ?? false)
  }

  @Test func aZoneBeginsWithItsSOA() {
    #expect(Self.failure("")?.reason == .noSOA)
    #expect(Self.failure("$TTL 5\nx. A 1.2.3.4\n")?.reason == .noSOA)
    #expect(Self.failure(" A 1.2.3.4\n")?.reason == .noOwner)
    #expect(Self.failure("e. SOA a b 1 2 3 4 5\nx.e. A 1.2.3.4\n")?.reason == .noTTL)
    #expect(Self.failure("e. SOA a b 1 2 3 4 5") == nil)
  }

  @Test(arguments: [
    ("::", [UInt8](repeating: 0, count: 16)), ("::1", [UInt8](repeating: 0, count: 15) + [1]),
    ("fe80::", [0xFE, 0x80] + [UInt8](repeating: 0, count: 14)),
    ("1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]),
    ("::ffff:1.2.3.4", [UInt8](repeating: 0, count: 10) + [255, 255, 1, 2, 3, 4]),
    ("1:2:3:4:5:6:7::", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0]),
  ])
  func isAnAddress(_ text: String, _ bytes: [UInt8]) {
    #expect(AddressText.bytes(Array(text.utf8)[...]) == bytes)
  }

  /// Cut anywhere, or with any byte changed, it is read or refused.
  @Test func everyCutAndChangeIsSurvived() {
    let good = Array(DNSServerTests.text.utf8)
    for place in stride(from: 0, to: good.count, by: 5) {
      _ = try? Zone(Array(good[..<place]))
      for byte: UInt8 in [0, 0x22, 0x28, 0x5C] {
        var bytes = good
        bytes[place] = byte
        _ = try? Zone(bytes)
      }
    }
  }
}
