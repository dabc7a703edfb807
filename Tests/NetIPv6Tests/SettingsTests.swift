// SPDX-License-Identifier: Apache-2.0

import NetIPv6
import NetStack
import NetWire
import Testing

@Suite struct SettingsTests {
  private func settings(_ text: String) throws(IPv6Settings.Mistake) -> IPv6Settings {
    try IPv6Settings(Array(text.utf8))
  }

  @Test func whatIsSaidIsRead() throws {
    #expect(try settings("auto") == .automatic)
    #expect(try settings("2001:db8::2") == .fixed(IPv6Configuration(prefix("2001:db8::2/64"))))
    #expect(
      try settings("2001:db8::2/48,dns=2001:db8::1,gw=fe80::1,dns=2001:db8::3")
        == .fixed(
          IPv6Configuration(
            prefix("2001:db8::2/48"), gateway: address("fe80::1"),
            nameServers: [address("2001:db8::1"), address("2001:db8::3")])))
  }

  @Test(arguments: [
    ("", ""), ("10.0.0.2", "10.0.0.2"), ("2001:db8::2/129", "2001:db8::2/129"),
    ("fe80::2/64", "fe80::2/64"), ("::1", "::1"), ("ff02::1/64", "ff02::1/64"),
    ("auto,dns=2001:db8::1", "auto"), ("2001:db8::2,", ""),
    ("2001:db8::2,gw=fe80::1,gw=fe80::2", "gw=fe80::2"), ("2001:db8::2,gw=ff02::1", "gw=ff02::1"),
    ("2001:db8::2,dns=10.0.0.1", "dns=10.0.0.1"), ("2001:db8::2,mtu=5", "mtu=5"),
  ])
  func theWrongPartIsSaid(text: String, part: String) {
    do throws(IPv6Settings.Mistake) {
      _ = try settings(text)
      Issue.record("\(text) was read")
    } catch {
      #expect(error.part == Array(part.utf8))
    }
  }
}
