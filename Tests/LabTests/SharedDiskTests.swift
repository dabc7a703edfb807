// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import CommandFixture
import Foundation
import Testing
import XenDomainModel

/// One file that is to be the disk of several domains.
@Suite(.lab) struct SharedDiskTests {
  private static let path = "/root/shared.img"

  @Test(arguments: DomainLoader.allCases)
  func aFileHasOneWriterOrManyReaders(loader: DomainLoader) throws {
    let lab = try LabConversation()
    _ = try lab.execute("truncate", "-s", "1M", Self.path)
    let kernel = Array(try Data(contentsOf: URL(filePath: Checkout.guest("idle"))))
    func create(_ name: String, isReadOnly: Bool) throws {
      let disk = DomainDisk(path: Self.path, name: .first, isReadOnly: isReadOnly)
      let domain = DomainConfiguration(name: name, memoryKiB: 8192, disks: [disk])
      _ = try lab.client.create(
        RunRequest(domain, loader: loader), startsPaused: true, kernel: kernel)
    }
    func expectRefusal(of body: () throws -> Void) throws {
      let error = try #require(throws: AgentError.self) { try body() }
      #expect("\(error)".contains("\(Self.path) is in use"), "\(error)")
    }
    func destroy(_ name: String) throws {
      _ = try lab.client.act(DomainAction(.destroy, on: name))
    }
    try create("first", isReadOnly: false)
    for isReadOnly in [false, true] {
      try expectRefusal { try create("second", isReadOnly: isReadOnly) }
    }
    let other = try #require(DiskName(index: 1))
    try expectRefusal {
      try lab.client.attach(
        DiskAttachment(domain: "first", disk: DomainDisk(path: Self.path, name: other)))
    }
    // At once: what is destroyed lets go.
    try destroy("first")
    try create("first", isReadOnly: true)
    try create("second", isReadOnly: true)
    try expectRefusal { try create("third", isReadOnly: false) }
    for name in ["first", "second"] { try destroy(name) }
    try create("third", isReadOnly: false)
    try destroy("third")
    #expect(try lab.execute("sh", "-c", "losetup -a; xl list | tail -n +3").isEmpty)
  }
}
