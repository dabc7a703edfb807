// SPDX-License-Identifier: Apache-2.0

import NetWire
import Testing

@Suite struct SecretNumbersTests {
  private let key: (UInt64, UInt64) = (0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908)

  @Test func theHashIsTheOneOfThePaper() {
    // Of the reference implementation's vectors: the bytes 0, 1, 2 and so on, none and eight of them.
    #expect(SecretNumbers.hash(key, []) == 0x726F_DB47_DD0E_0E31)
    #expect(SecretNumbers.hash(key, [0x0706_0504_0302_0100]) == 0x93F5_F579_9A93_2462)
  }

  @Test func fiveWordsHaveTheSameHashWithoutAnArray() {
    for word in 0..<100 as Range<UInt64> {
      #expect(
        SecretNumbers.hash(key, word, 2, word << 7, 4, 5)
          == SecretNumbers.hash(key, [word, 2, word << 7, 4, 5]))
    }
  }

  @Test func numbersBelowALimitAreAllThere() {
    var numbers = SecretNumbers(secret: key)
    var counts = [Int](repeating: 0, count: 10)
    for _ in 0..<10_000 { counts[Int(numbers.next(below: 10))] += 1 }
    #expect(counts.allSatisfy { (800...1200).contains($0) })
    #expect(numbers.next(below: 1) == 0)
    #expect((0..<1000).allSatisfy { _ in numbers.next(below: 3) < 3 })
  }
}
