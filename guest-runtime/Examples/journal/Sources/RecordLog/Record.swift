// SPDX-License-Identifier: Apache-2.0

/// A change as it lies on the disk. All numbers are little-endian:
///
///     0   "PVHR"
///     4   bytes of the key, 4 bytes; the largest number for the header of a half
///     8   bytes of the value, 4 bytes; the largest number for a removal
///     12  zero, 4 bytes
///     16  generation of the half, 8 bytes
///     24  sequence within the half from 1 on, 8 bytes
///     32  checksum of all the rest, 8 bytes: FNV-1a
///     40  key, value
struct Record {
  let change: RecordLog.Change
  /// Bytes that it takes.
  let count: Int

  private static let mark: [UInt8] = [0x50, 0x56, 0x48, 0x52]
  private static let headerSize = 40
  private static let none = UInt64(UInt32.max)

  /// The record at the beginning of `bytes`; nil if it is not whole, or not the one that is expected.
  init?(_ bytes: ArraySlice<UInt8>, generation: UInt64, sequence: UInt64) {
    guard bytes.count >= Self.headerSize, bytes.starts(with: Self.mark),
      Self.number(bytes, 16, 8) == generation, Self.number(bytes, 24, 8) == sequence
    else { return nil }
    let (key, value) = (Self.number(bytes, 4, 4), Self.number(bytes, 8, 4))
    guard key != Self.none else { return nil }
    count = Self.headerSize + Int(key) + (value == Self.none ? 0 : Int(value))
    guard bytes.count >= count, Self.checksum(bytes.prefix(count)) == Self.number(bytes, 32, 8)
    else { return nil }
    let content = bytes.prefix(count).dropFirst(Self.headerSize)
    let name = Array(content.prefix(Int(key)))
    change =
      value == Self.none ? .remove(name) : .set(name, to: Array(content.dropFirst(Int(key))))
  }

  /// Whether more bytes could make a record of these; at most `limit` bytes are there for it.
  static func isPlausible(_ bytes: ArraySlice<UInt8>, limit: Int) -> Bool {
    guard bytes.count >= headerSize else { return true }
    guard bytes.starts(with: mark), number(bytes, 4, 4) != none else { return false }
    let value = number(bytes, 8, 4)
    let count = headerSize + Int(number(bytes, 4, 4)) + (value == none ? 0 : Int(value))
    return count > bytes.count && count <= limit
  }

  /// How many bytes a change takes.
  static func count(of change: RecordLog.Change) -> Int {
    switch change {
    case .set(let key, let value): headerSize + key.count + value.count
    case .remove(let key): headerSize + key.count
    }
  }

  static func bytes(
    of change: RecordLog.Change, generation: UInt64, sequence: UInt64
  ) -> [UInt8] {
    switch change {
    case .set(let key, let value):
      assembled(UInt64(key.count), UInt64(value.count), generation, sequence, key, value)
    case .remove(let key): assembled(UInt64(key.count), none, generation, sequence, key, [])
    }
  }

  // MARK: The first sector of a half

  static func header(_ generation: UInt64, sectorSize: Int) -> [UInt8] {
    let bytes = assembled(none, none, generation, 0, [], [])
    return bytes + [UInt8](repeating: 0, count: sectorSize - bytes.count)
  }

  /// How new a half is; nil if its first sector is not a header.
  static func generation(of sector: [UInt8]) -> UInt64? {
    let header = sector.prefix(headerSize)
    guard header.count == headerSize, header.starts(with: mark), number(header, 4, 4) == none,
      checksum(header) == number(header, 32, 8)
    else { return nil }
    return number(header, 16, 8)
  }

  // MARK: Bytes

  private static func assembled(
    _ keyCount: UInt64, _ valueCount: UInt64, _ generation: UInt64, _ sequence: UInt64,
    _ key: [UInt8], _ value: [UInt8]
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(headerSize + key.count + value.count)
    bytes += mark
    for (number, count) in [
      (keyCount, 4), (valueCount, 4), (0, 4), (generation, 8), (sequence, 8), (0, 8),
    ] { bytes += digits(number, count) }
    bytes += key
    bytes += value
    for (place, digit) in digits(checksum(bytes[...]), 8).enumerated() { bytes[32 + place] = digit }
    return bytes
  }

  private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    var sum: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes.prefix(32) { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
    // The checksum itself counts as zeros.
    for _ in 32..<40 { sum = sum &* 0x100_0000_01b3 }
    for byte in bytes.dropFirst(40) { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return sum
  }

  private static func number(_ bytes: ArraySlice<UInt8>, _ offset: Int, _ count: Int) -> UInt64 {
    let start = bytes.startIndex + offset
    return (0..<count).reduce(0) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
  }

  private static func digits(_ number: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
  }
}
