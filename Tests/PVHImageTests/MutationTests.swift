// SPDX-License-Identifier: Apache-2.0

import Foundation
import PVHImage
import Testing
import XenABI

/// Every field of the headers takes values from 0 to the largest.
///
/// Whatever comes out of it comes out as a value: an image with findings, or a typed error.
@Suite struct MutationTests {
  static let values: [UInt64] = [
    0, 1, 2, 3, 7, 0x1000, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_f000,
    0xffff_ffff, 0x1_0000_0000, 0x7fff_ffff_ffff_ffff, .max - 0xfff, .max,
  ]

  @Test(arguments: TruncationTests.withSections)
  func survivesEveryFieldOfEveryHeader(writer: ELFWriter) throws {
    let good = writer.write()
    var tried = 0
    for field in good.fields(of: writer) {
      for value in Self.values {
        var file = good
        file.put(value, width: field.width, at: field.offset)
        try inspect(file.bytes, "\(field) = \(value)")
        tried += 1
      }
    }
    #expect(tried > 500)
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func survivesRandomBytesInTheHeaders(seed: UInt64) throws {
    for writer in TruncationTests.withSections {
      var random = TestRandom(state: seed)
      let good = writer.write().bytes
      for _ in 0..<500 {
        var bytes = good
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          let inFront = Bool.random(using: &random)
          let index =
            inFront
            ? Int.random(in: 4..<0x220, using: &random)
            : Int.random(in: 0x2100..<bytes.count, using: &random)
          bytes[index] = UInt8.random(in: 0...255, using: &random)
        }
        try inspect(bytes, "seed \(seed)")
      }
    }
  }

  /// Calls everything that computes with what the file says.
  private func inspect(_ bytes: [UInt8], _ what: String) throws {
    do {
      let image = try read(bytes, symbols: true)
      for finding in image.validateBuilt() + image.validate(memoryKiB: 1024, moduleBytes: [1]) {
        #expect(!finding.message.isEmpty && !finding.remedy.isEmpty, "\(what)")
        #expect(finding.effect != .unreadable, "\(what)")
      }
      if image.validateBoot().isEmpty {
        let entry = try #require(image.entry, "\(what)")
        #expect(image.extent?.contains(entry.address) == true, "\(what)")
        #expect(image.segments.allSatisfy { $0.physicalEnd.rawValue <= 0xfc00_0000 }, "\(what)")
      }
    } catch let error as ImageError {
      #expect(error.finding.effect == .unreadable, "\(what)")
      #expect(error.finding.offset != nil || error.finding.rule == .unsupportedELF, "\(what)")
    }
  }
}

/// A small generator whose run is known from its seed; xorshift.
///
/// A run repeats the last one, so that a change is judged by itself; with `PVHKIT_TEST_SEED` it
/// takes a number to begin with, and with `PVHKIT_TEST_SEED=random` a new one each time.
struct TestRandom: RandomNumberGenerator {
  var state: UInt64

  /// What a test begins with; never 0, from which the generator would not move.
  static func seed(_ part: Int = 0) -> UInt64 {
    let asked = ProcessInfo.processInfo.environment["PVHKIT_TEST_SEED"]
    let usual: UInt64 = 0x2545_f491_4f6c_dd1d
    let start =
      asked == "random" ? .random(in: 1...UInt64.max) : asked.flatMap { UInt64($0) } ?? usual
    return max(1, start &+ UInt64(part) &* 0x9e37_79b9_7f4a_7c15)
  }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
