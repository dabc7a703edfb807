// SPDX-License-Identifier: Apache-2.0

import ImageUnpacking
import PackingFixture
import Testing

@Suite struct UnpackingTests {
  static let formats = Compression.allCases.filter(\.isUnpackable)
  /// Larger than any block, with parts that pack well and parts that do not.
  static let sample: [UInt8] = {
    let noisy = (0..<50_000).map(noise)
    let plain = [UInt8](repeating: 0x41, count: 50_000)
    return Array((0..<180).map { $0.isMultiple(of: 2) ? noisy : plain }.joined())
  }()

  private static func noise(_ index: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: (index &* 0x9e37_79b9 ^ index >> 5) &* 0x85eb_ca6b >> 13)
  }

  @Test(arguments: formats, [1, 4096, 1 << 20])
  func unpacksWhatWasPacked(format: Compression, piece: Int) throws {
    // In one-byte pieces, a little is enough.
    let bytes = Array(Self.sample.prefix(piece < 64 ? 60_000 : Self.sample.count))
    let packed = Packer.pack(bytes, format)
    #expect(Compression(magic: packed) == format)
    #expect(try unpack(packed, format, piece: piece) == bytes)
  }

  @Test(arguments: formats)
  func leavesAloneWhatFollows(format: Compression) throws {
    // Kernels have the unpacked size there.
    let packed = Packer.pack([1, 2, 3], format) + [3, 0, 0, 0]
    #expect(try unpack(packed, format) == [1, 2, 3])
  }

  @Test(arguments: formats)
  func refusesEveryTruncation(format: Compression) throws {
    let packed = Packer.pack(Array(Self.sample.prefix(2000)), format)
    for length in 1..<packed.count {
      #expect(throws: UnpackingError.self, "at \(length)") {
        try unpack(Array(packed.prefix(length)), format)
      }
    }
  }

  @Test(arguments: formats)
  func survivesDamage(format: Compression) throws {
    let packed = Packer.pack(Array(Self.sample.prefix(3000)), format)
    for index in packed.indices {
      var damaged = packed
      damaged[index] ^= 0x55
      do {
        let result = try unpack(damaged, format, limit: 1 << 20)
        #expect(result.count <= 1 << 20)
      } catch is UnpackingError {}
    }
  }

  @Test(arguments: formats)
  func stopsAtTheLimit(format: Compression) {
    let packed = Packer.pack([UInt8](repeating: 0, count: 1 << 20), format)
    #expect(throws: UnpackingError.tooLarge(format, limit: 1000)) {
      try unpack(packed, format, limit: 1000)
    }
  }

  @Test(arguments: [Compression.bzip2, .lzma, .lzo])
  func saysWhatItDoesNotUnpack(format: Compression) {
    #expect(throws: UnpackingError.unsupported(format)) { try unpack([], format) }
  }

  private func unpack(
    _ packed: [UInt8], _ format: Compression, piece: Int = 4096, limit: UInt64 = 1 << 30
  ) throws -> [UInt8] {
    var rest = packed[...]
    var result: [UInt8] = []
    try Unpacker.unpack(format, limit: limit) {
      defer { rest = rest.dropFirst(piece) }
      return Array(rest.prefix(piece))
    } to: {
      result.append(contentsOf: $0)
    }
    return result
  }
}
