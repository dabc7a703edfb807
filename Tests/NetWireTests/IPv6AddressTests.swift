// SPDX-License-Identifier: Apache-2.0

import NetWire
import Testing

@Suite struct IPv6AddressTests {
  private func address(_ text: String) -> IPv6Address? { IPv6Address(Array(text.utf8)) }

  private func text(_ high: UInt64, _ low: UInt64) -> String {
    String(decoding: IPv6Address(high: high, low: low).text, as: UTF8.self)
  }

  /// Each text with what it means, and the one form of it.
  @Test(arguments: [
    ("::", UInt64(0), UInt64(0), "::"), ("::1", 0, 1, "::1"), ("1::", 0x1_0000_0000_0000, 0, "1::"),
    ("2001:db8::1", 0x2001_0DB8_0000_0000, 1, "2001:db8::1"),
    ("2001:DB8:0:0:0:0:0:1", 0x2001_0DB8_0000_0000, 1, "2001:db8::1"),
    ("2001:0db8:0000:0000:0000:0000:0000:0001", 0x2001_0DB8_0000_0000, 1, "2001:db8::1"),
    (
      "fe80::0216:3eff:fe00:2", 0xFE80_0000_0000_0000, 0x0216_3EFF_FE00_0002,
      "fe80::216:3eff:fe00:2"
    ),
    ("1:2:3:4:5:6:7:8", 0x0001_0002_0003_0004, 0x0005_0006_0007_0008, "1:2:3:4:5:6:7:8"),
    ("1:2:3:4:5:6:7::", 0x0001_0002_0003_0004, 0x0005_0006_0007_0000, "1:2:3:4:5:6:7:0"),
    ("::2:3:4:5:6:7:8", 0x0000_0002_0003_0004, 0x0005_0006_0007_0008, "0:2:3:4:5:6:7:8"),
    ("1:2:3::5:6:7:8", 0x0001_0002_0003_0000, 0x0005_0006_0007_0008, "1:2:3:0:5:6:7:8"),
    ("2001:db8:0:0:1:0:0:1", 0x2001_0DB8_0000_0000, 0x0001_0000_0000_0001, "2001:db8::1:0:0:1"),
    ("2001:0:0:1:0:0:0:1", 0x2001_0000_0000_0001, 1, "2001:0:0:1::1"),
    ("::ffff:192.0.2.1", 0, 0xFFFF_C000_0201, "::ffff:192.0.2.1"),
    ("0:0:0:0:0:ffff:c000:201", 0, 0xFFFF_C000_0201, "::ffff:192.0.2.1"),
    ("::13.1.68.3", 0, 0x0D01_4403, "::d01:4403"),
    ("64:ff9b::192.0.2.33", 0x0064_FF9B_0000_0000, 0xC000_0221, "64:ff9b::c000:221"),
    ("1:2:3:4:5:6:1.2.3.4", 0x0001_0002_0003_0004, 0x0005_0006_0102_0304, "1:2:3:4:5:6:102:304"),
    ("ff02::1:ff00:0", 0xFF02_0000_0000_0000, 0x1_FF00_0000, "ff02::1:ff00:0"),
    (
      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", .max, .max,
      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
    ),
    ("0:0:0:0:0:0:0:0", 0, 0, "::"), ("0::0", 0, 0, "::"),
    ("a:0:0:b::", 0x000A_0000_0000_000B, 0, "a:0:0:b::"),
  ])
  func anAddressIsReadAndWrittenInOneForm(
    written: String, high: UInt64, low: UInt64, canonical: String
  ) {
    #expect(address(written) == IPv6Address(high: high, low: low))
    #expect(text(high, low) == canonical)
    #expect(address(canonical) == IPv6Address(high: high, low: low))
  }

  @Test(arguments: [
    "", ":", ":::", "1", "1:", ":1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", ":1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9", "1::2::3", "::1::", "1:2:3:4::5:6:7:8", "12345::", "::g", "::1 ", " ::1",
    "::1%eth0", "::1/64", "[::1]", "1.2.3.4", "::1.2.3", "::1.2.3.256", "::1.2.3.4.5",
    "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "::01.2.3.4", "1:2:3:4:5:6:7:8::", "::-1", "fe80:::1",
    "0x1::", "1:2:3:4:5:6:1.2.3.4:8", "::ffff:1.2.3.4:",
  ])
  func whatIsNoAddressIsRefused(text: String) {
    #expect(address(text) == nil)
  }

  @Test func anyAddressComesBackFromItsText() {
    var numbers = SecretNumbers(secret: (6, 4))
    for _ in 0..<5000 {
      // Most groups are zeros, so that there is something to leave out.
      func half() -> UInt64 {
        var half: UInt64 = 0
        for _ in 0..<4 {
          half = half << 16 | (numbers.next(below: 3) == 0 ? numbers.next() & 0xFFFF : 0)
        }
        return half
      }
      let address = IPv6Address(high: half(), low: half())
      #expect(IPv6Address(address.text) == address)
      #expect(address.text.count <= 39)
    }
  }

  @Test func anyTextIsReadWithoutATrap() {
    var numbers = SecretNumbers(secret: (6, 5))
    let letters = Array("0123abF:::.../ %".utf8)
    for _ in 0..<20_000 {
      let text = (0..<numbers.next(below: 24)).map { _ in
        letters[Int(numbers.next(below: UInt32(letters.count)))]
      }
      if let address = IPv6Address(text) { #expect(IPv6Address(address.text) == address) }
      if let prefix = IPv6Prefix(text) { #expect(IPv6Prefix(prefix.text) == prefix) }
    }
  }

  @Test func whatAnAddressIsIsTold() throws {
    let link = try #require(address("fe80::1"))
    #expect(link.isLinkLocal && link.isUsable && !link.isMulticast)
    #expect(address("febf:ffff::1")?.isLinkLocal == true)
    #expect(address("fec0::1")?.isLinkLocal == false && address("fe00::")?.isLinkLocal == false)
    #expect(address("::")?.isUnspecified == true && address("::1")?.isLoopback == true)
    #expect(address("::ffff:1.2.3.4")?.isMapped == true)
    for text in ["::", "::1", "::ffff:1.2.3.4", "ff02::1", "ff0e::1"] {
      #expect(address(text)?.isUsable == false)
    }
    for text in ["2001:db8::1", "fd00::1", "fe80::1", "64:ff9b::1"] {
      #expect(address(text)?.isUsable == true)
    }
    #expect(address("ff02::1")?.isLinkGroup == true && address("ff01::1")?.isLinkGroup == true)
    #expect(address("ff05::1")?.isLinkGroup == false && address("fe80::1")?.isLinkGroup == false)
  }

  /// Sources: RFC 2464, sections 4, 5 and 7, and RFC 4291, section 2.7.1.
  @Test func aStationHasAnAddressAndItsGroups() throws {
    let station = EthernetAddress(rawValue: 0x3456_789A_BCDE)
    #expect(station.interfaceIdentifier == 0x3656_78FF_FE9A_BCDE)
    #expect(IPv6Address.linkLocal(of: station) == address("fe80::3656:78ff:fe9a:bcde"))
    let other = try #require(address("4037::01:800:200e:8c6c"))
    #expect(other.solicitedNodeGroup == address("ff02::1:ff0e:8c6c"))
    #expect(other.solicitedNodeGroup.groupStation.rawValue == 0x3333_FF0E_8C6C)
    #expect(IPv6Address.allNodes == address("ff02::1"))
    #expect(IPv6Address.allRouters == address("ff02::2"))
    #expect(IPv6Address.allNodes.groupStation.rawValue == 0x3333_0000_0001)
  }

  @Test func aPrefixKnowsItsNetwork() throws {
    let prefix = try #require(IPv6Prefix(Array("2001:db8::2/64".utf8)))
    #expect(prefix.text == Array("2001:db8::2/64".utf8))
    #expect(prefix.contains(try #require(address("2001:db8::ffff:1"))))
    #expect(!prefix.contains(try #require(address("2001:db8:0:1::2"))))
    for (length, network) in [
      (0, "::"), (1, "8000::"), (63, "fdff:ffff:ffff:fffe::"), (64, "fdff:ffff:ffff:ffff::"),
      (65, "fdff:ffff:ffff:ffff:8000::"), (127, "fdff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"),
      (128, "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ] where length != 1 {
      let all = try #require(address("fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))
      let found = IPv6Prefix(all, length: length)
      #expect(found.network.address == address(network))
      #expect(found.network.contains(all) && found.contains(found.network.address))
    }
    let one = try #require(address("2001:db8::1"))
    #expect(one.commonBits(with: one) == 128)
    #expect(one.commonBits(with: try #require(address("2001:db8::3"))) == 126)
    #expect(one.commonBits(with: .unspecified) == 2)
  }

  @Test(arguments: [
    "", "2001:db8::1", "::/", "::/129", "::/064", "::/x", "/64", "::1/-1", "::/1/2",
  ])
  func whatIsNoPrefixIsRefused(text: String) {
    #expect(IPv6Prefix(Array(text.utf8)) == nil)
  }
}
