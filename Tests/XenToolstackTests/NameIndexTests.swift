// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import XenToolstack

@Suite struct NameIndexTests {
  @Test(arguments: ["hello", "web.1", "a-b_c", "with space", "a@b", "ümlaut"])
  func aNameComesBack(_ name: String) {
    let node = NameIndex.node("12", name)
    #expect(node.utf8.allSatisfy { "./ ".utf8.contains($0) ? $0 == UInt8(ascii: "/") : true })
    let child = String(node.dropFirst(NameIndex.path.count + 1))
    #expect(NameIndex(nodes: [child]).names == [12: name])
  }

  @Test func whatIsNoEntryIsLeftOut() {
    #expect(NameIndex(nodes: ["12", "x@y", "", "7@"]).names == [7: ""])
  }
}
