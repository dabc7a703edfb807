// SPDX-License-Identifier: Apache-2.0

import Testing
import XenstoreWire

@testable import XenToolstack

/// The devices of a domain are entered into xenstore together with it.
@Suite struct DeviceRegistrations {
  /// The order makes most of the rights: a new node has those of the node above it.
  @Test func aDiskHasItsEndsAndItsNote() throws {
    let record = XenstoreRecord()
    let name = try #require(DiskName("xvdb"))
    let disk = DomainDisk(path: "/x/a.img", name: name, isReadOnly: true)
    let requests = DiskNodes(domain: "5", name: name).requests(for: disk, deviceNumber: "7:1f")
    let messages = try record.messages(registering: requests)
    func place(_ operation: XenstoreOperation, _ strings: [String]) throws -> Int {
      try #require(messages.firstIndex { $0 == (operation, strings) }, "\(strings)")
    }
    let front = "/local/domain/5/device/vbd/51728"
    let back = "/local/domain/0/backend/vbd/5/51728"
    let note = "/libxl/5/device/vbd/51728"
    // The guest cannot point its end elsewhere: only the state, and what it makes itself, is its own.
    let homeIsRead = try place(.setPermissions, ["/local/domain/5", "n0", "r5"])
    let frontIsOwned = try place(.setPermissions, [front, "n5"])
    for node in [("backend", back), ("backend-id", "0"), ("virtual-device", "51728")] {
      let write = try place(.write, ["\(front)/\(node.0)", node.1])
      #expect(homeIsRead < write && write < frontIsOwned)
    }
    #expect(try place(.write, ["\(front)/state", "1"]) > frontIsOwned)
    // Nor does it see the control domain's files.
    let backIsRead = try place(.setPermissions, [back, "n0", "r5"])
    #expect(try place(.write, ["\(back)/physical-device", "7:1f"]) < backIsRead)
    #expect(try place(.write, ["\(back)/mode", "r"]) > backIsRead)
    #expect(!messages.contains { $0.1.first == "\(back)/params" })
    // Where libxenlight looks for devices when it destroys a domain.
    _ = try place(.write, ["\(note)/backend", back])
    _ = try place(.write, ["\(note)/params", "/x/a.img"])
    // The kernel looks at a backend when it has a state.
    #expect(try place(.write, ["\(back)/state", "1"]) == messages.count - 2)
    #expect(record.ends == ["T"])
    #expect(requests.count == 23)
  }

  @Test func anInterfaceHasItsEndsAndItsNote() throws {
    let record = XenstoreRecord()
    let interface = DomainInterface(
      bridge: "lan", mac: try #require(MACAddress("00:16:3e:00:00:07")),
      address: InterfaceAddress("10.0.0.2/24"))
    let requests = InterfaceNodes(domain: "5", number: 1).requests(for: interface)
    let messages = try record.messages(registering: requests)
    func place(_ operation: XenstoreOperation, _ strings: [String]) throws -> Int {
      try #require(messages.firstIndex { $0 == (operation, strings) }, "\(strings)")
    }
    let front = "/local/domain/5/device/vif/1"
    let back = "/local/domain/0/backend/vif/5/1"
    let note = "/libxl/5/device/vif/1"
    // The guest can change neither the bridge nor the size of packets, and says its addresses itself.
    let homeIsRead = try place(.setPermissions, ["/local/domain/5", "n0", "r5"])
    let frontIsOwned = try place(.setPermissions, [front, "n5"])
    for node in [
      ("backend", back), ("backend-id", "0"), ("handle", "1"), ("mac", "00:16:3e:00:00:07"),
      ("mtu", "1500"),
    ] {
      let write = try place(.write, ["\(front)/\(node.0)", node.1])
      #expect(homeIsRead < write && write < frontIsOwned)
    }
    #expect(try place(.write, ["\(front)/state", "1"]) > frontIsOwned)
    #expect(try place(.setPermissions, ["/local/domain/5/attr", "n5"]) > homeIsRead)
    // What the guest is to see of the backend, and what not.
    let backIsRead = try place(.setPermissions, [back, "n0", "r5"])
    #expect(try place(.write, ["\(back)/bridge", "lan"]) < backIsRead)
    #expect(try place(.write, ["\(back)/script", "/bin/true"]) < backIsRead)
    for node in [
      ("frontend-id", "5"), ("mac", "00:16:3e:00:00:07"), ("handle", "1"), ("ip", "10.0.0.2/24"),
      ("online", "1"), ("hotplug-status", ""),
    ] {
      #expect(
        try place(.write, ["\(back)/\(node.0)"] + (node.1.isEmpty ? [] : [node.1])) > backIsRead)
    }
    _ = try place(.write, ["\(note)/backend", back])
    // The kernel looks at a backend when it has a state.
    #expect(try place(.write, ["\(back)/state", "1"]) == messages.count - 2)
    #expect(record.ends == ["T"])
  }
}

extension XenstoreRecord {
  /// What is written when domain 5 is registered with devices.
  fileprivate func messages(
    registering devices: [NodeRequest]
  ) throws -> [(XenstoreOperation, [String])] {
    try FakeXenstored.playing { peer in
      self.serve(peer)
    } against: { store throws in
      let registration = DomainRegistration(
        store: store, calls: CreationCalls(), id: DomainID(rawValue: 5), label: "5", name: "web",
        consolePort: "2", consoleFrame: 0xfefff, devices: devices)
      #expect(try registration.attempt { () throws(ToolstackError) in [0, 5] })
    }
    return messages.map { ($0.header.operation, $0.strings) }
  }
}
