// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import StartInfoRecords
import Testing

/// `pvh startinfo --decode`: captured guest memory.
@Suite(.command) struct StartInfoCommands {
  private static let record = {
    var record = StartInfoRecord()
    record.commandLine = Array("port=80".utf8)
    record.modules = [.init(address: 0x20_0000, size: 5)]
    record.memoryMap = [.init(address: 0, size: 0x40_0000, kind: 1)]
    return record
  }()
  private static let text = """
    start info at 0x12000, version 1
      flags     0x0
      cmdline   "port=80"
      rsdp      none
      module    0x200000, 5 bytes
      memory    0x0 up to 0x400000, RAM

    """

  /// Whole pages in front, as in a dump of more than the start info.
  @Test(arguments: [0, 0x2000])
  func findsAndShowsIt(front: Int) throws {
    let folder = try ScratchFolder()
    let bytes = [UInt8](repeating: 0, count: front) + Self.record.encoded(at: 0x1_2000)
    let file = try folder.file("memory", Data(bytes))
    let result = try PVHCommand("startinfo", "--decode", file).finish()
    #expect(result.text == Self.text)
    let base = String(0x1_2000 - front, radix: 16)
    let told = try PVHCommand("startinfo", "--decode", file, "--address", "0x\(base)").finish()
    #expect(told.text == Self.text)
  }

  @Test func saysWhatIsMissing() throws {
    let folder = try ScratchFolder()
    let file = try folder.file("memory", Data(Self.record.encoded(at: 0x1_2000)))
    let wrong = try PVHCommand("startinfo", "--decode", file, "--address", "0x0").finish()
    #expect(wrong.status == 125)
    #expect(wrong.errors.contains("the command line at 0x12070 is not among the bytes"))
    let none = try PVHCommand("startinfo", "--decode", "/etc/passwd").finish()
    #expect(none.status == 125)
    #expect(none.errors.contains("has no start info"))
  }
}
