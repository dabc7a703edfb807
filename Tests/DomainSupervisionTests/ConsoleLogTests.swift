// SPDX-License-Identifier: Apache-2.0

import DomainSupervision
import Foundation
import SystemPackage
import Testing

@Suite struct ConsoleLogTests {
  private let path = "/dev/shm/pvhkit-log-\(getpid())-\(UInt32.random(in: .min ... .max))"

  private func all(_ reader: inout ConsoleLogReader) -> String {
    var text: [UInt8] = []
    while case let bytes = reader.next(limit: 1000), !bytes.isEmpty { text += bytes }
    return String(decoding: text, as: UTF8.self)
  }

  @Test func keepsWhatIsAppendedAcrossOpenings() throws {
    defer { unlink(path) }
    try ConsoleLog(path: FilePath(path)).append(Array("one\n".utf8))
    let log = try ConsoleLog(path: FilePath(path))
    #expect(log.end == 4)
    log.append(Array("two\n".utf8))
    var reader = try ConsoleLogReader(path: FilePath(path))
    #expect(all(&reader) == "one\ntwo\n")
    // A reader goes on with what comes later.
    log.append(Array("three\n".utf8))
    #expect(all(&reader) == "three\n")
  }

  @Test func givesTheOldestBackAndKeepsPlaces() throws {
    defer { unlink(path) }
    let log = try ConsoleLog(path: FilePath(path), capacity: 128 << 10)
    for round in 0..<64 { log.append([UInt8](repeating: UInt8(round), count: 16 << 10)) }
    #expect(log.end == 1 << 20)
    var status = stat()
    #expect(stat(path, &status) == 0)
    #expect(status.st_blocks * 512 <= 256 << 10)
    var reader = try ConsoleLogReader(path: FilePath(path))
    #expect(reader.position >= (1 << 20) - (256 << 10))
    #expect(reader.position <= (1 << 20) - (128 << 10))
    // A place in the file is a place in the output.
    let first = reader.position
    #expect(reader.next(limit: 1) == [UInt8(first / (16 << 10))])
  }

  @Test(arguments: [
    ("a\nb\nc\n", 1, "c\n"), ("a\nb\nc\n", 2, "b\nc\n"), ("a\nb\nc\n", 9, "a\nb\nc\n"),
    ("a\nb\nc", 1, "c"), ("a\nb\nc", 2, "b\nc"), ("a\n", 0, ""), ("", 3, ""), ("\n\n\n", 2, "\n\n"),
  ])
  func seeksLinesFromTheEnd(text: String, count: Int, rest: String) throws {
    defer { unlink(path) }
    try ConsoleLog(path: FilePath(path)).append(Array(text.utf8))
    var reader = try ConsoleLogReader(path: FilePath(path))
    reader.seek(linesFromEnd: count)
    #expect(all(&reader) == rest)
  }

  @Test func seeksFarBack() throws {
    defer { unlink(path) }
    let log = try ConsoleLog(path: FilePath(path))
    let line = [UInt8](repeating: UInt8(ascii: "x"), count: 40_000) + [UInt8(ascii: "\n")]
    for _ in 0..<5 { log.append(line) }
    var reader = try ConsoleLogReader(path: FilePath(path))
    reader.seek(linesFromEnd: 3)
    #expect(reader.position == 2 * line.count)
  }

  /// A reader that is always at the end is passed every byte, whenever the writer appends.
  @Test func followsAWriterWithoutLoss() throws {
    defer { unlink(path) }
    let log = try ConsoleLog(path: FilePath(path))
    var reader = try ConsoleLogReader(path: FilePath(path))
    let total = 2_000_000
    let hasEnded = DispatchSemaphore(value: 0)
    // Only that thread uses the log.
    nonisolated(unsafe) let writer = log
    Thread.detachNewThread {
      for start in stride(from: 0, to: total, by: 5) {
        writer.append((start..<start + 5).map { UInt8(truncatingIfNeeded: $0) })
      }
      hasEnded.signal()
    }
    var seen = 0
    while seen < total {
      let bytes = reader.next(limit: 1 << 16)
      guard bytes == (seen..<seen + bytes.count).map({ UInt8(truncatingIfNeeded: $0) }) else {
        Issue.record("something is missing behind byte \(seen)")
        break
      }
      seen += bytes.count
      // Only a loss keeps the last byte from coming.
      if bytes.isEmpty, reader.position >= total { break }
    }
    #expect(seen == total)
    hasEnded.wait()
  }
}
