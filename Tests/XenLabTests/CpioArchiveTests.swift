// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import XenLab

@Suite struct CpioArchiveTests {
  @Test func writesTheNewcHeader() {
    var archive = CpioArchive()
    archive.addFile("init", Array("hello".utf8), mode: 0o755)
    let text = String(decoding: archive.finished(), as: UTF8.self)
    let header =
      "070701" + "00000001" + "000081ed" + "00000000" + "00000000" + "00000001" + "00000000"
      + "00000005" + "00000000" + "00000000" + "00000000" + "00000000" + "00000005" + "00000000"
    // 110 bytes of header and "init\0" end at 115, one zero pads to 116.
    #expect(text.hasPrefix(header + "init\0\0hello\0\0\0070701"))
    #expect(text.contains("TRAILER!!!\0"))
  }

  @Test(arguments: 0...4)
  func padsEveryEntryToFourBytes(length: Int) {
    var archive = CpioArchive()
    archive.addFile("f", [UInt8](repeating: 65, count: length))
    #expect(archive.finished().count % 4 == 0)
  }

  @Test func addsEachParentOnce() {
    var archive = CpioArchive()
    archive.addFile("a/b/c", [])
    archive.addFile("a/b/d", [])
    archive.addFolder("a")
    let names = archive.finished().split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    #expect(names.filter { $0.hasSuffix("a") && $0.count == 111 }.count == 1)
    #expect(names.filter { $0.hasSuffix("a/b") }.count == 1)
  }

  @Test func numbersDevices() {
    var archive = CpioArchive()
    archive.addCharacterDevice("dev/console", major: 5, minor: 1)
    let text = String(decoding: archive.finished(), as: UTF8.self)
    #expect(text.contains("0000000500000001" + "0000000c" + "00000000" + "dev/console"))
    #expect(text.contains("00002180"))
  }
}
