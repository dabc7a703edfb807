// SPDX-License-Identifier: Apache-2.0

/// SHA-256, a byte at a time and without a heap. Source: FIPS 180-4.
public struct SHA256 {
  private var state: [8 of UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
    0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  private var block = [16 of UInt32](repeating: 0)
  private var count: UInt64 = 0

  /// The sum of nothing yet.
  public init() {}

  /// Takes a byte in.
  public mutating func add(_ byte: UInt8) {
    let word = Int(count >> 2 & 15)
    block[word] = block[word] << 8 | UInt32(byte)
    count += 1
    if count & 63 == 0 { digest() }
  }

  /// Ends the sum; its eight words.
  public mutating func finish() -> [8 of UInt32] {
    let bits = count * 8
    add(0x80)
    while count & 63 != 56 { add(0) }
    for shift in stride(from: 56, through: 0, by: -8) {
      add(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
    }
    return state
  }

  /// Ends the sum; 64 hexadecimal digits.
  public mutating func digits() -> [UInt8] {
    let words = finish()
    var result: [UInt8] = []
    for position in words.indices {
      for shift in stride(from: UInt32(28), through: 0, by: -4) {
        let digit = UInt8(truncatingIfNeeded: words[position] >> shift & 15)
        result.append(digit < 10 ? 48 + digit : 87 + digit)
        if shift == 0 { break }
      }
    }
    return result
  }

  private mutating func digest() {
    var schedule = [64 of UInt32](repeating: 0)
    for round in 0..<16 { schedule[round] = block[round] }
    for round in 16..<64 {
      let (early, late) = (schedule[round - 15], schedule[round - 2])
      schedule[round] =
        schedule[round - 16] &+ schedule[round - 7]
        &+ (turned(early, 7) ^ turned(early, 18) ^ early >> 3)
        &+ (turned(late, 17) ^ turned(late, 19) ^ late >> 10)
    }
    var work = state
    for round in 0..<64 {
      let (a, e) = (work[0], work[4])
      let choice = e & work[5] ^ ~e & work[6]
      let majority = a & work[1] ^ a & work[2] ^ work[1] & work[2]
      let first =
        work[7] &+ (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) &+ choice
        &+ Self.constants[round] &+ schedule[round]
      let second = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) &+ majority
      for position in stride(from: 7, to: 0, by: -1) { work[position] = work[position - 1] }
      work[4] = work[4] &+ first
      work[0] = first &+ second
    }
    for position in state.indices { state[position] = state[position] &+ work[position] }
  }

  private func turned(_ value: UInt32, _ bits: UInt32) -> UInt32 {
    value >> bits | value << (32 - bits)
  }

  private static let constants: [64 of UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1,
    0x923f_82a4, 0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3,
    0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786,
    0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147,
    0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13,
    0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
    0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a,
    0x5b9c_ca4f, 0x682e_6ff3, 0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208,
    0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
  ]
}
