// SPDX-License-Identifier: Apache-2.0

/// What a guest of PVHKit has noted in its memory: values of its time-stamp counter, each with a name.
///
/// Layout: `guest-runtime/Sources/GuestBoot/include/Marks.h`. The guest may have written anything there.
struct MarkRecord: Equatable {
  struct Entry: Equatable {
    var name: String
    var counter: UInt64
  }

  private(set) var entries: [Entry] = []
  private(set) var lostCount = 0

  private static var size: Int { 48 }
  /// "PVHM", and version 1.
  private static var magic: UInt64 { 0x1_4d48_5650 }
  private static var tableCapacity: Int { 64 }
  private static var tableEntrySize: Int { 24 }
  /// Bytes of a name that are shown.
  private static var nameLimit: UInt64 { 80 }

  /// Reads the record at a physical address; nil if there is none. `memory` has bytes at a physical address, nil
  /// where the domain has none.
  init?(at address: UInt64, in memory: (_ address: UInt64, _ count: Int) -> [UInt8]?) {
    guard let words = memory(address, Self.size).map(Self.words), words.count == 6,
      words[0] == Self.magic
    else { return nil }
    for (name, counter) in zip(["entry", "main", "run", "end of run"], words[1...]) {
      entries.append(Entry(name: name, counter: counter))
    }
    readTable(at: words[5], memory)
    // A moment that has not come is 0. What came first is first, whatever has been noted later.
    entries = entries.filter { $0.counter != 0 }.sorted { $0.counter < $1.counter }
  }

  private mutating func readTable(
    at address: UInt64, _ memory: (_ address: UInt64, _ count: Int) -> [UInt8]?
  ) {
    guard address != 0, let count = memory(address, 8).map(Self.words)?.first else { return }
    let read = Int(clamping: min(count, UInt64(Self.tableCapacity)))
    lostCount = Int(clamping: count) - read
    let start = address &+ 8
    guard let words = memory(start, read * Self.tableEntrySize).map(Self.words),
      words.count == 3 * read
    else { return }
    for index in 0..<read {
      let (counter, name, size) = (words[3 * index], words[3 * index + 1], words[3 * index + 2])
      let bytes = memory(name, Int(min(size, Self.nameLimit))) ?? []
      entries.append(Entry(name: Self.quoted(bytes), counter: counter))
    }
  }

  /// A name for people: control characters could do things to their terminals.
  private static func quoted(_ bytes: [UInt8]) -> String {
    let printable = String(decoding: bytes, as: UTF8.self).unicodeScalars.map { scalar in
      scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) ? "?" : String(scalar)
    }
    return "\"\(printable.joined())\""
  }

  /// Little-endian words of 64 bits.
  private static func words(_ bytes: [UInt8]) -> [UInt64] {
    (0..<bytes.count / 8).map { word in
      bytes[8 * word..<8 * word + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
  }
}
