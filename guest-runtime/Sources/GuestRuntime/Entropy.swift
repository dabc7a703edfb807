// SPDX-License-Identifier: Apache-2.0

import CGuestSupport

/// Random bytes from the CPU.
public enum Entropy {
  /// Random bytes, from RDSEED where there is one, else from RDRAND.
  ///
  /// - Parameter count: how many bytes, from 0.
  /// - Returns: `count` bytes.
  /// - Throws: `GuestError` if the CPU has neither, or gives nothing in 100 tries of RDSEED and 10 of
  ///   RDRAND: there is no other source in a PVH guest.
  public static func bytes(_ count: Int) throws(GuestError) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: count)
    var failure: GuestError?
    unsafe result.withUnsafeMutableBytes { bytes in
      do throws(GuestError) { try unsafe fill(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
    return result
  }

  /// Fills memory with random bytes; throws as `bytes` does, and leaves some of it filled then.
  static func fill(_ bytes: UnsafeMutableRawBufferPointer) throws(GuestError) {
    let hasSeed = guest_cpuid(0, 0).eax >= 7 && guest_cpuid(7, 0).ebx & (1 << 18) != 0
    let hasRandom = guest_cpuid(1, 0).ecx & (1 << 30) != 0
    guard hasSeed || hasRandom else {
      throw GuestError("this CPU has neither RDSEED nor RDRAND, so there is no entropy")
    }
    for start in stride(from: 0, to: bytes.count, by: 8) {
      var word = try word(hasSeed: hasSeed, hasRandom: hasRandom)
      for offset in start..<min(start + 8, bytes.count) {
        unsafe bytes[offset] = UInt8(truncatingIfNeeded: word)
        word >>= 8
      }
    }
  }

  /// RDSEED may be used up for a while, RDRAND hardly ever. Source: Intel's DRNG guide, 5.2 and 5.3.
  private static func word(hasSeed: Bool, hasRandom: Bool) throws(GuestError) -> UInt64 {
    var word: UInt64 = 0
    if hasSeed {
      for _ in 0..<100 where unsafe guest_read_seed(&word) { return word }
    }
    if hasRandom {
      for _ in 0..<10 where unsafe guest_read_random(&word) { return word }
    }
    throw GuestError("the CPU's random number generator gives nothing")
  }
}
