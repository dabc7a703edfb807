// SPDX-License-Identifier: Apache-2.0

import NetWire
import Testing

@Suite struct AddressTests {
  @Test(arguments: [
    ("0.0.0.0", UInt32(0)), ("10.0.0.1", 0x0A00_0001), ("255.255.255.255", 0xFFFF_FFFF),
    ("192.168.7.42", 0xC0A8_072A),
  ])
  func anIPv4AddressIsReadAndWritten(text: String, value: UInt32) throws {
    let address = try #require(IPv4Address(Array(text.utf8)))
    #expect(address.rawValue == value)
    #expect(address.text == Array(text.utf8))
  }

  @Test(arguments: [
    "", "10.0.0", "10.0.0.1.2", "10.0.0.256", "10.0.0.01", "10.0..1", "10.0.0.-1", " 10.0.0.1",
    "10.0.0.1 ", "a.b.c.d", "1000.0.0.1", "10.0.0.1/24",
  ])
  func whatIsNoIPv4AddressIsRefused(text: String) {
    #expect(IPv4Address(Array(text.utf8)) == nil)
  }

  @Test func aPrefixKnowsItsNetwork() throws {
    let prefix = try #require(IPv4Prefix(Array("10.1.2.3/20".utf8)))
    #expect(prefix.contains(IPv4Address(10, 1, 15, 255)))
    #expect(!prefix.contains(IPv4Address(10, 1, 16, 0)))
    #expect(prefix.broadcast == IPv4Address(10, 1, 15, 255))
    #expect(IPv4Prefix(Array("1.2.3.4/0".utf8))?.contains(.broadcast) == true)
    #expect(IPv4Prefix(Array("1.2.3.4/32".utf8))?.contains(IPv4Address(1, 2, 3, 5)) == false)
    #expect(IPv4Prefix(IPv4Address(1, 2, 3, 4), mask: IPv4Address(255, 255, 254, 0))?.length == 23)
    #expect(IPv4Prefix(IPv4Address(1, 2, 3, 4), mask: .unspecified)?.length == 0)
    #expect(IPv4Prefix(IPv4Address(1, 2, 3, 4), mask: .broadcast)?.length == 32)
    #expect(IPv4Prefix(IPv4Address(1, 2, 3, 4), mask: IPv4Address(255, 0, 255, 0)) == nil)
  }

  @Test(arguments: [
    "", "10.0.0.1", "10.0.0.1/", "10.0.0.1/33", "10.0.0.1/024", "10.0.0.1/x", "/24",
  ])
  func whatIsNoPrefixIsRefused(text: String) {
    #expect(IPv4Prefix(Array(text.utf8)) == nil)
  }

  @Test func anEthernetAddressIsRead() {
    let address = EthernetAddress(Array("00:16:3e:aB:0c:d1".utf8))
    #expect(address?.rawValue == 0x0016_3EAB_0CD1)
    #expect(address?.isMulticast == false)
    #expect(address?.text == Array("00:16:3e:ab:0c:d1".utf8))
    #expect(EthernetAddress(Array("01:00:5e:00:00:01".utf8))?.isMulticast == true)
    for text in [
      "", "00:16:3e:ab:0c", "00:16:3e:ab:0c:d1:", "00-16-3e-ab-0c-d1", "00:16:3e:ab:0c:dg",
    ] {
      #expect(EthernetAddress(Array(text.utf8)) == nil)
    }
  }

  @Test func addressesThatNoHostHasAreTold() {
    for text in ["0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"] {
      #expect(IPv4Address(Array(text.utf8))?.isUsable == false)
    }
    #expect(IPv4Address(10, 0, 0, 1).isUsable)
  }
}
