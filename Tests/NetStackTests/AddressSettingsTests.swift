// SPDX-License-Identifier: Apache-2.0

import NetStack
import NetWire
import Testing

@Suite struct AddressSettingsTests {
  @Test func settingsAreRead() throws {
    #expect(try AddressSettings(Array("dhcp".utf8)) == .dhcp)
    let here = IPv4Address(10, 0, 0, 2)
    #expect(
      try AddressSettings(Array("10.0.0.2".utf8))
        == .fixed(IPv4Configuration(IPv4Prefix(here, length: 24))))
    #expect(
      try AddressSettings(Array("10.0.0.2/16,dns=10.0.0.3,gw=10.0.0.1,dns=8.8.8.8".utf8))
        == .fixed(
          IPv4Configuration(
            IPv4Prefix(here, length: 16), gateway: IPv4Address(10, 0, 0, 1),
            nameServers: [IPv4Address(10, 0, 0, 3), IPv4Address(8, 8, 8, 8)])))
  }

  @Test(arguments: [
    ("", ""), ("10.0.0", "10.0.0"), ("127.0.0.1/8", "127.0.0.1/8"), ("10.0.0.2/24,", ""),
    ("10.0.0.2/24,gw=", "gw="), ("10.0.0.2/24,gw=10.0.0.1,gw=10.0.0.3", "gw=10.0.0.3"),
    ("10.0.0.2/24,mtu=9000", "mtu=9000"), ("dhcp,gw=10.0.0.1", "dhcp"),
    ("10.0.0.2/24,dns=255.255.255.255", "dns=255.255.255.255"),
  ])
  func theWrongPartIsTold(text: String, part: String) {
    do {
      _ = try AddressSettings(Array(text.utf8))
      Issue.record("\(text) was taken")
    } catch {
      #expect(error.part == Array(part.utf8))
    }
  }
}
