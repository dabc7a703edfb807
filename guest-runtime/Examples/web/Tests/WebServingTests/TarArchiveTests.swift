// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import WebServing

@Suite struct TarArchiveTests {
  @Test func namesComeInAllForms() throws {
    let long = String(repeating: "long/", count: 30) + "x"
    func pax(_ records: [(String, String)]) -> [UInt8] {
      records.flatMap { key, value in
        let rest = " \(key)=\(value)\n"
        let length = (1...5).lazy.map { $0 + rest.utf8.count }.first {
          "\($0)".count + rest.utf8.count == $0
        }
        return Array("\(length ?? 0)\(rest)".utf8)
      }
    }
    let bytes =
      TarMaker.entry("./", [], kind: "5") + TarMaker.entry("./plain", [1], time: 7)
      + TarMaker.entry("end", [2], prefix: "pre/fix") + TarMaker.entry("link", [], kind: "2")
      + TarMaker.entry(
        "PaxHeaders/x", pax([("path", long), ("mtime", "12.5"), ("other", "=")]), kind: "x")
      + TarMaker.entry("cut", [3, 3]) + TarMaker.entry("g", pax([("comment", "x")]), kind: "g")
      + TarMaker.entry("@LongLink", Array("gnu/name".utf8) + [0], kind: "L")
      + TarMaker.entry("cut", [4])
      + TarMaker.entry("plain", [5, 5, 5])
    let archive = try TarArchive(bytes + [UInt8](repeating: 0, count: 1024))
    func content(_ name: String) -> [UInt8]? {
      archive.file(at: Array(name.utf8)).map { Array(bytes[$0.range]) }
    }
    #expect(archive.files.count == 4)
    #expect(content("plain") == [5, 5, 5], "the last of a name counts")
    #expect(content("pre/fix/end") == [2])
    #expect(content(long) == [3, 3])
    #expect(archive.file(at: Array(long.utf8))?.time == 12)
    #expect(content("gnu/name") == [4])
    #expect(content("link") == nil && content("cut") == nil && content("") == nil)
  }

  @Test func damageIsNamedWithItsPlace() throws {
    func failure(_ bytes: [UInt8], limit: Int = 10) -> TarArchive.Failure? {
      do { _ = try TarArchive(bytes, limit: limit) } catch { return error }
      return nil
    }
    func changed(_ offset: Int, _ text: String) -> [UInt8] {
      var block = Array(TarMaker.entry("b", [1]).prefix(512))
      for (place, byte) in text.utf8.enumerated() { block[offset + place] = byte }
      return TarMaker.entry("a", [1]) + TarMaker.sealed(block) + [UInt8](repeating: 0, count: 512)
    }
    func expect(
      _ reason: TarArchive.Failure.Reason, _ offset: Int, _ bytes: [UInt8], limit: Int = 10
    ) {
      #expect(failure(bytes, limit: limit) == .init(reason, at: offset))
    }
    var unsealed = changed(0, "b")
    unsealed[1024 + 50] = 1
    expect(.badChecksum, 1024, unsealed)
    expect(.badNumber, 1024, changed(124, "00000000009\0"))
    expect(.badNumber, 1024, changed(124, "\u{7F}"))
    expect(.badNumber, 1024, changed(136, "x"))
    expect(.contentBeyondEnd, 1024, changed(124, "00000001001\0"))
    expect(.truncated, 1024, TarMaker.entry("a", [1]) + [1])
    expect(.badName, 1024, changed(0, "../b"))
    expect(.badName, 1024, changed(0, "./\0"))
    expect(.tooManyFiles, 1024, TarMaker.entry("a", [1]) + TarMaker.entry("b", [1]), limit: 1)
    for records in [
      "x", "7 a=b\n", "5 a=b\n", "7 path\n", "99999999 a=b\n", "9 size=x\n", "0 a=b\n",
    ] {
      expect(
        .badRecord, 0,
        TarMaker.entry("p", Array(records.utf8), kind: "x") + TarMaker.entry("a", [1]))
    }
    #expect(failure([]) == nil)
  }

  /// Cut anywhere, or with any byte changed, it is read or refused, and no file goes beyond it.
  @Test func everyCutAndChangeIsSurvived() {
    let good = TarMaker.archive(
      [("a", [1, 2, 3]), ("b/c", Array(repeating: 9, count: 600))], time: 5)
    for count in 0..<good.count {
      if let archive = try? TarArchive(Array(good[..<count])) {
        #expect(archive.files.allSatisfy { $0.range.upperBound <= count })
      }
    }
    for place in 0..<good.count {
      for byte: UInt8 in [0, 0x37, 0x80, 0xFF] {
        var bytes = good
        bytes[place] = byte
        // With a right checksum, or the rest of the header would not be looked at.
        for start in [0, 1024] where (start..<start + 512).contains(place) {
          bytes.replaceSubrange(
            start..<start + 512, with: TarMaker.sealed(Array(bytes[start..<start + 512])))
        }
        if let archive = try? TarArchive(bytes) {
          #expect(archive.files.allSatisfy { $0.range.upperBound <= bytes.count })
        }
      }
    }
  }
}
