// SPDX-License-Identifier: Apache-2.0

import HostSystem
import SystemPackage
import Testing
import XenDomainModel

@testable import AgentCore

/// What a guest may say of its address, and what comes of it.
@Suite struct ReportedAddressTests {
  private func judged(_ text: String?, own: Set<String> = ["10.0.0.1"]) -> ReportedAddress {
    ReportedAddress(text) { address throws(Errno) in own.contains(address.description) }
  }

  @Test func anAddressOfTheNetworkIsUsed() throws {
    #expect(judged("10.0.0.9") == .usable(try #require(InternetAddress("10.0.0.9"))))
  }

  @Test func nothingIsWaitedFor() {
    #expect(judged(nil) == .none)
    #expect(judged("") == .none)
  }

  @Test(arguments: [
    ("nonsense", "\"nonsense\", which is no IPv4 address"),
    ("300.1.1.1", "\"300.1.1.1\", which is no IPv4 address"),
    ("fe80::1", "\"fe80::1\", which is no IPv4 address"),
    ("127.0.0.1", "\"127.0.0.1\", which no machine has in a network"),
    ("0.0.0.0", "\"0.0.0.0\", which no machine has in a network"),
    ("224.0.0.1", "\"224.0.0.1\", which no machine has in a network"),
    ("255.255.255.255", "\"255.255.255.255\", which no machine has in a network"),
    ("10.0.0.1", "\"10.0.0.1\", which is the control domain's"),
    // What a terminal would obey does not reach it, nor does a book.
    ("\u{1b}[2J\u{7}é", "\"?[2J???\", which is no"),
    (String(repeating: "9", count: 3000), "\"" + String(repeating: "9", count: 40) + "\", which"),
  ])
  func othersAreRefusedWithTheReason(text: String, words: String) {
    guard case .unusable(let reason) = judged(text) else {
      Issue.record("\(text) is not refused")
      return
    }
    #expect(reason.hasPrefix("the guest says that its address is " + words), "\(reason)")
    #expect(
      reason.hasSuffix(
        ": it should write its own to \(ReportedAddress.place), as GuestNetwork does"))
  }

  @Test func whatCannotBeFoundOutIsRefused() {
    let judged = ReportedAddress("10.0.0.9") { _ throws(Errno) in throw .tooManyOpenFiles }
    guard case .unusable(let reason) = judged else {
      Issue.record("it is not refused")
      return
    }
    #expect(reason.contains("cannot be found out: \(Errno.tooManyOpenFiles)"), "\(reason)")
  }

  @Test func onlyTheGuestsInterfaceIsTheGuest() throws {
    let address = try #require(InternetAddress("10.0.0.9"))
    let mac = try #require(MACAddress("00:16:3e:00:00:07"))
    let other = try #require(MACAddress("00:16:3e:00:00:08"))
    let interface = DomainInterface(bridge: "lan", mac: mac)
    func obstacle(_ octets: [UInt8]?) -> String? {
      ReportedAddress.obstacle(address, at: octets, interface: interface)
    }
    #expect(obstacle(mac.octets) == nil)
    #expect(
      obstacle(other.octets)?.contains("10.0.0.9, which another machine in lan has; its interface")
        == true)
    #expect(
      obstacle(nil)?.contains("10.0.0.9, which is not in the network of its bridge, lan") == true)
  }
}
