// SPDX-License-Identifier: Apache-2.0

/// A fast 64-bit sum against accidents (FNV-1a over words); it is no defence against forgery.
struct Checksum {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var sum = value
    let words = bytes.count / 8
    for index in 0..<words {
      sum =
        (sum ^ bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)) &* 0x100_0000_01b3
      // FNV moves nothing downwards; without this the top bit of a word would touch one bit only.
      sum ^= sum >> 32
    }
    for index in words * 8..<bytes.count { sum = (sum ^ UInt64(bytes[index])) &* 0x100_0000_01b3 }
    value = sum
  }

  mutating func add(_ text: String) {
    var text = text + "\0"
    text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
  }

  static func of(_ bytes: [UInt8]) -> UInt64 {
    var sum = Checksum()
    bytes.withUnsafeBytes { sum.add($0) }
    return sum.value
  }
}
