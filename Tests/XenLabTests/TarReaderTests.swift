// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import XenLab

@Suite struct TarReaderTests {
  private static func header(_ name: String, size: Int, type: Character, target: String = "")
    -> [UInt8]
  {
    var block = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, _ offset: Int) {
      for (index, byte) in text.utf8.enumerated() { block[offset + index] = byte }
    }
    put(name, 0)
    put(String(size, radix: 8), 124)
    put(String(type), 156)
    put(target, 157)
    put("ustar  ", 257)
    return block
  }

  private static func padded(_ text: String) -> [UInt8] {
    Array(text.utf8) + [UInt8](repeating: 0, count: (512 - text.utf8.count % 512) % 512)
  }

  private static var archive: [UInt8] {
    let long = "./" + String(repeating: "d", count: 120) + "/f"
    return header("./a", size: 5, type: "0") + padded("hello")
      + header("./skipped", size: 600, type: "0") + padded(String(repeating: "x", count: 600))
      + header("./b", size: 0, type: "2", target: "a")
      + header("././@LongLink", size: long.count + 1, type: "L") + padded(long + "\0")
      + header("./ddd", size: 2, type: "0") + padded("hi")
      + [UInt8](repeating: 0, count: 1024)
  }

  /// Gives the bytes in pieces of `step`.
  private static func reader(_ bytes: [UInt8], step: Int) -> TarReader {
    var position = 0
    return TarReader(name: "test.tar", bufferSize: 700) { (buffer) throws(LabError) in
      let count = min(step, buffer.count, bytes.count - position)
      buffer.copyBytes(from: bytes[position..<position + count])
      position += count
      return count
    }
  }

  @Test(arguments: [1, 3, 511, 512, 700])
  func readsEntriesFromPieces(step: Int) throws {
    var reader = Self.reader(Self.archive, step: step)
    #expect(try reader.next() == .init(path: "a", kind: .file, size: 5))
    #expect(try reader.contents() == Array("hello".utf8))
    #expect(try reader.next()?.path == "skipped")
    #expect(try reader.next() == .init(path: "b", kind: .symbolicLink(to: "a"), size: 0))
    #expect(try reader.next()?.path == String(repeating: "d", count: 120) + "/f")
    #expect(try reader.contents() == Array("hi".utf8))
    #expect(try reader.next() == nil)
  }

  @Test func saysWhereAStreamIsCut() throws {
    var reader = Self.reader(Array(Self.archive.prefix(514)), step: 512)
    _ = try reader.next()
    #expect(
      throws: LabError.malformedFile(
        name: "test.tar", offset: 514, what: "the tar stream ends in a file")
    ) { try reader.contents() }
  }

  @Test func refusesWhatIsNoTar() {
    var reader = Self.reader([UInt8](repeating: 7, count: 1024), step: 512)
    #expect(throws: LabError.self) { try reader.next() }
  }
}
