// SPDX-License-Identifier: Apache-2.0

import Foundation
import HostSystem
import Testing
import XenDomainModel

@Suite struct DomainInterfaces {
  private static func mac(_ text: String) -> MACAddress { MACAddress(text) ?? .random() }

  @Test func hardwareAddressesAreReadAndWritten() throws {
    let mac = try #require(MACAddress("00:16:3E:0a:ff:01"))
    #expect(mac.description == "00:16:3e:0a:ff:01")
    #expect(mac.octets == [0, 0x16, 0x3e, 0x0a, 0xff, 1])
    #expect(!mac.isMulticast)
    #expect(MACAddress("01:00:5e:00:00:01")?.isMulticast == true)
  }

  @Test(arguments: [
    "", "00:16:3e:0a:ff", "00:16:3e:0a:ff:01:02", "0:16:3e:0a:ff:01", "00-16-3e-0a-ff-01",
    "00:16:3e:0a:ff:0g", "00:16:3e:0a:ff:+1", " 00:16:3e:0a:ff:01", "00:16:3e:0a:ff:01:",
    "00163e0aff01",
  ])
  func isNoHardwareAddress(text: String) {
    #expect(MACAddress(text) == nil)
  }

  @Test func thoseByChanceAreXensAndDiffer() {
    let addresses = (0..<200).map { _ in MACAddress.random() }
    #expect(addresses.allSatisfy { $0.octets.count == 6 && $0.octets[..<3] == [0, 0x16, 0x3e] })
    #expect(addresses.allSatisfy { $0.octets[3] < 0x80 })
    #expect(Set(addresses).count > 190)
  }

  @Test func addressesAreReadAndWritten() throws {
    let address = try #require(InterfaceAddress("10.0.200.3/24"))
    #expect(address.address.rawValue == 0x0a00_c803)
    #expect(address.prefixLength == 24)
    #expect(address.description == "10.0.200.3/24")
    #expect(address.address.description == "10.0.200.3")
  }

  @Test(arguments: [
    "", "10.0.0.2", "10.0.0.2/", "/24", "10.0.0/24", "10.0.0.2.1/24", "10.0.0.256/24",
    "10.0.0.2/33", "10.0.0.2/0", "10.0.0.2/024", "10.0.0.02/24", "10.0.0.+2/24", "a.b.c.d/8",
    "10.0.0.2/24/24",
    "10..0.2/24", "fe80::1/64",
  ])
  func isNoAddress(text: String) {
    #expect(InterfaceAddress(text) == nil)
  }

  @Test(arguments: [
    ("", InterfaceSpec()), ("xenbr1", InterfaceSpec(bridge: "xenbr1")),
    ("mac=00:16:3e:00:00:07", InterfaceSpec(mac: mac("00:16:3e:00:00:07"))),
    (",ip=10.0.0.2/24", InterfaceSpec(address: InterfaceAddress("10.0.0.2/24"))),
    (
      "br-lan,ip=10.0.0.2/24,mac=00:16:3e:00:00:07",
      InterfaceSpec(
        bridge: "br-lan", mac: mac("00:16:3e:00:00:07"), address: InterfaceAddress("10.0.0.2/24"))
    ),
    ("mac=00:16:3e:00:00:07,bridge=b", InterfaceSpec(bridge: "b", mac: mac("00:16:3e:00:00:07"))),
  ])
  func areReadFromWords(text: String, spec: InterfaceSpec) throws {
    #expect(try InterfaceSpec(text) == spec)
  }

  @Test(arguments: [
    ("xenbr0,xenbr1", "\"xenbr1\" cannot be there"), ("xenbr0,", "\"\" cannot be there"),
    ("xenbr0,bridge=b", "\"bridge=b\" cannot be there"), ("rate=1", "\"rate=1\" cannot be there"),
    ("mac=1", "six bytes in hexadecimal"), ("mac=", "six bytes in hexadecimal"),
    ("mac=00:16:3e:00:00:07,mac=00:16:3e:00:00:08", "cannot be there"),
    ("ip=10.0.0.2", "such as 10.0.0.2/24"), ("a-name-of-16-byte", "1 to 15 letters"),
    ("a/b", "1 to 15 letters"), ("a b", "1 to 15 letters"), ("..", "1 to 15 letters"),
  ])
  func areNotReadFrom(text: String, words: String) {
    let error = #expect(throws: ToolstackError.self) { try InterfaceSpec(text) }
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func thoseWithoutAnAddressGetOneOfTheirOwn() throws {
    let given = Self.mac("00:16:3e:00:00:07")
    let settled = try [
      InterfaceSpec(), InterfaceSpec(bridge: "lan", mac: given), InterfaceSpec(),
    ].settled()
    #expect(settled.map(\.bridge) == ["xenbr0", "lan", "xenbr0"])
    #expect(settled[1].mac == given)
    #expect(Set(settled.map(\.mac)).count == 3)
  }

  @Test(arguments: [
    (["mac=01:16:3e:00:00:07"], "stands for many interfaces"),
    (["mac=ff:ff:ff:ff:ff:ff"], "stands for many interfaces"),
    (["mac=00:00:00:00:00:00"], "is no address of an interface"),
    (
      ["mac=00:16:3e:00:00:07", "lan,mac=00:16:3E:00:00:07"],
      "two interfaces are both to have the hardware address 00:16:3e:00:00:07"
    ),
    (["ip=10.0.0.2/24", "lan,ip=10.0.0.2/16"], "both to have the address 10.0.0.2"),
    (["ip=127.0.0.1/8"], "is of the loopback network"), (["ip=0.0.0.1/8"], "is of no network"),
    (["ip=224.0.0.1/24"], "is no address of one interface"),
    (["ip=255.255.255.255/32"], "is no address of one interface"),
    (["ip=10.0.0.0/24"], "is the address of the network itself"),
    (["ip=10.0.0.255/24"], "is the broadcast address of its network"),
    ([String](repeating: "", count: 9), "9 interfaces: a domain has at most 8"),
  ])
  func cannotBe(texts: [String], words: String) {
    let error = #expect(throws: ToolstackError.self) {
      try texts.map { text throws(ToolstackError) in try InterfaceSpec(text) }.settled()
    }
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func networksOfOneOrTwoHaveNoAddressOfTheirOwn() throws {
    let specs = try ["ip=10.0.0.0/31", "ip=10.0.0.1/31", "ip=10.0.0.255/32"].map {
      text throws(ToolstackError) in try InterfaceSpec(text)
    }
    #expect(try specs.settled().count == 3)
  }

  @Test func travelInJSON() throws {
    let interface = DomainInterface(
      bridge: "lan", mac: Self.mac("00:16:3e:00:00:07"), address: InterfaceAddress("10.0.0.2/24"))
    let domain = DomainConfiguration(name: "a", memoryKiB: 1024, interfaces: [interface])
    let again = try JSONDecoder().decode(
      DomainConfiguration.self, from: JSONEncoder().encode(domain))
    #expect(again == domain)
    let bad = Data(#"{"name":"a","memoryKiB":1,"interfaces":[{"bridge":"b","mac":"x"}]}"#.utf8)
    let error = #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(DomainConfiguration.self, from: bad)
    }
    #expect(String(describing: error).contains("six bytes in hexadecimal"))
  }
}
