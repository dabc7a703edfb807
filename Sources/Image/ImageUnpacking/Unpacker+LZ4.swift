// SPDX-License-Identifier: Apache-2.0

import CHostLZ4

extension Unpacker {
  /// Unpacked bytes of a block at most. C name: `LZ4_DEFAULT_UNCOMPRESSED_CHUNK_SIZE` in Linux,
  /// `lib/decompress_unlz4.c`.
  private static var lz4BlockSize: Int { 8 << 20 }

  /// Unpacks legacy frames: the magic, then blocks, each behind its length in 32 bits.
  ///
  /// The magic may come again between blocks; where a kernel appends the size of the whole as a
  /// further word, the input ends behind it, or with less than a block.
  mutating func decodeLZ4() throws {
    var rest: [UInt8] = []
    guard try fill(&rest, 4) else { throw UnpackingError.truncated(.lz4) }
    rest.removeFirst(4)
    // Most of it stays untouched for a small file, and then costs nothing.
    let block = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Self.lz4BlockSize, alignment: 16)
    defer { block.deallocate() }
    while try fill(&rest, 4) {
      let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      if Compression(magic: rest) == .lz4 {
        rest.removeFirst(4)
        continue
      }
      // The last word is the size of the whole, and nothing follows it.
      if produced > 0, try !fill(&rest, 5) { return }
      guard length <= LZ4_compressBound(CInt(Self.lz4BlockSize)) else {
        throw UnpackingError.damaged(.lz4, "a block of \(length) bytes")
      }
      guard try fill(&rest, 4 + length) else { throw UnpackingError.truncated(.lz4) }
      try decode(rest[4..<4 + length], into: block)
      rest.removeFirst(4 + length)
    }
    guard rest.isEmpty, produced > 0 else { throw UnpackingError.truncated(.lz4) }
  }

  /// Makes sure that `count` bytes are there, if there are as many.
  private func fill(_ rest: inout [UInt8], _ count: Int) throws -> Bool {
    while rest.count < count {
      let more = try next()
      guard !more.isEmpty else { return false }
      rest += more
    }
    return true
  }

  private mutating func decode(
    _ packed: ArraySlice<UInt8>, into block: UnsafeMutableRawBufferPointer
  ) throws {
    try packed.withUnsafeBytes { input in
      // SAFETY: both sizes are those of the buffers; neither exceeds an `int`.
      let count = LZ4_decompress_safe(
        input.baseAddress?.assumingMemoryBound(to: CChar.self),
        block.baseAddress?.assumingMemoryBound(to: CChar.self), CInt(input.count),
        CInt(block.count))
      guard count >= 0 else { throw UnpackingError.damaged(.lz4, "liblz4 error \(count)") }
      try emit(UnsafeRawBufferPointer(block).prefix(Int(count)).rebased, .lz4)
    }
  }
}
