// SPDX-License-Identifier: Apache-2.0

import StartInfoRecords
import Testing
import XenABI

/// What a guest is told at its start, written and read.
@Suite struct StartInfoRecordTests {
  static let full = {
    var record = StartInfoRecord()
    record.flags = 3
    record.commandLine = Array("one two".utf8)
    record.modules = [
      .init(address: 0x20_0000, size: 12345, commandLine: Array("first".utf8)),
      .init(address: 0x30_0000, size: 1),
    ]
    record.rsdpAddress = 0xfc00_9000
    record.memoryMap = [
      .init(address: 0, size: 0x80_0000, kind: 1),
      .init(address: 0xfeff_8000, size: 0x8000, kind: 2),
    ]
    return record
  }()
  static let old = {
    var record = full
    record.version = 0
    record.memoryMap = []
    return record
  }()

  @Test(arguments: [full, old, StartInfoRecord(), StartInfoRecord(version: 0)])
  func readsWhatWasWritten(record: StartInfoRecord) throws {
    let bytes = record.encoded(at: 0x1_2000)
    #expect(try StartInfoRecord(decoding: bytes, at: 0x1_2000, address: 0x1_2000) == record)
    let inside = [UInt8](repeating: 0xee, count: 0x1000) + bytes
    #expect(try StartInfoRecord(decoding: inside, at: 0x1_1000, address: 0x1_2000) == record)
  }

  @Test func writesXensLayout() {
    let bytes = Self.full.encoded(at: 0x1000)
    #expect(bytes.prefix(8).elementsEqual([0x78, 0xc5, 0x6e, 0x33, 1, 0, 0, 0]))
    #expect(bytes[12] == 2)
    // The module list stands behind the 56 bytes of a version 1 structure.
    #expect(bytes[16] == 0x38 && bytes[17] == 0x10)
    #expect(bytes[48] == 2)
    #expect(Self.old.encoded(at: 0x1000).count == bytes.count - 16 - 48)
  }

  @Test func readsALaterVersionAsTheFirst() throws {
    var record = Self.full
    record.version = 7
    let bytes = record.encoded(at: 0x1000)
    #expect(try StartInfoRecord(decoding: bytes, at: 0x1000, address: 0x1000) == record)
  }

  /// Only version 0 is shorter, and 256 is not 0.
  @Test func aLaterVersionIsNotShorter() {
    var bytes = StartInfoRecord(version: 0).encoded(at: 0x1000)
    #expect(bytes.count == 40)
    bytes[5] = 1
    #expect(throws: StartInfoError.missing("start info", address: 0x1000)) {
      try StartInfoRecord(decoding: bytes, at: 0x1000, address: 0x1000)
    }
  }

  @Test func namesWhatIsNoStartInfo() {
    #expect(throws: StartInfoError.noMagic(found: 0)) {
      try StartInfoRecord(decoding: [0, 0, 0, 0], at: 0, address: 0)
    }
    #expect(throws: StartInfoError.noMagic(found: nil)) {
      try StartInfoRecord(decoding: [0x78, 0xc5], at: 0, address: 0)
    }
  }

  @Test(arguments: [full, old])
  func refusesEveryTruncation(record: StartInfoRecord) {
    let bytes = record.encoded(at: 0x1000)
    for length in 0..<bytes.count {
      #expect(throws: StartInfoError.self, "\(length) bytes") {
        try StartInfoRecord(decoding: Array(bytes.prefix(length)), at: 0x1000, address: 0x1000)
      }
    }
  }

  /// What can be read at all can be written down, and read again as the same.
  @Test func survivesEveryChangedByte() throws {
    let bytes = Self.full.encoded(at: 0x1000)
    for index in bytes.indices {
      for value in [0, 1, 0x7f, 0x80, 0xff] as [UInt8] {
        var changed = bytes
        changed[index] = value
        guard
          let record = try? StartInfoRecord(decoding: changed, at: 0x1000, address: 0x1000)
        else { continue }
        let again = try StartInfoRecord(
          decoding: record.encoded(at: 0x1000), at: 0x1000, address: 0x1000)
        // All versions from 1 on are read alike, and written as they are.
        #expect(again == record, "byte \(index) = \(value)")
      }
    }
  }
}
