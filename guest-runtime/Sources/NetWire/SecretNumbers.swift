// SPDX-License-Identifier: Apache-2.0

/// Numbers that nobody guesses who does not know the secret: SipHash-2-4 of a count.
///
/// Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF".
public struct SecretNumbers: Sendable {
  private let key: (UInt64, UInt64)
  private var count: UInt64 = 0

  public init(secret key: (UInt64, UInt64)) { self.key = key }

  /// The next number.
  public mutating func next() -> UInt64 {
    count += 1
    return Self.hash(key, [count])
  }

  /// A number below a limit; each is as likely as any other, but for one part in 2^32.
  public mutating func next(below limit: UInt32) -> UInt32 {
    UInt32(((next() >> 32) * UInt64(limit)) >> 32)
  }

  /// SipHash-2-4 of words.
  public static func hash(_ key: (UInt64, UInt64), _ words: [UInt64]) -> UInt64 {
    var state = begun(key)
    for word in words { take(word, &state) }
    return ended(&state, count: words.count)
  }

  /// SipHash-2-4 of five words, without an array.
  public static func hash(
    _ key: (UInt64, UInt64), _ first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64,
    _ fifth: UInt64
  ) -> UInt64 {
    var state = begun(key)
    take(first, &state)
    take(second, &state)
    take(third, &state)
    take(fourth, &state)
    take(fifth, &state)
    return ended(&state, count: 5)
  }

  private typealias State = (UInt64, UInt64, UInt64, UInt64)

  private static func begun(_ key: (UInt64, UInt64)) -> State {
    (
      key.0 ^ 0x736F_6D65_7073_6575, key.1 ^ 0x646F_7261_6E64_6F6D,
      key.0 ^ 0x6C79_6765_6E65_7261, key.1 ^ 0x7465_6462_7974_6573
    )
  }

  private static func take(_ word: UInt64, _ state: inout State) {
    state.3 ^= word
    round(&state)
    round(&state)
    state.0 ^= word
  }

  private static func ended(_ state: inout State, count: Int) -> UInt64 {
    take(UInt64(count * 8) << 56, &state)
    state.2 ^= 0xFF
    for _ in 0..<4 { round(&state) }
    return state.0 ^ state.1 ^ state.2 ^ state.3
  }

  private static func round(_ state: inout State) {
    func rotated(_ word: UInt64, _ count: UInt64) -> UInt64 { word << count | word >> (64 - count) }
    state.0 &+= state.1
    state.1 = rotated(state.1, 13) ^ state.0
    state.0 = rotated(state.0, 32)
    state.2 &+= state.3
    state.3 = rotated(state.3, 16) ^ state.2
    state.0 &+= state.3
    state.3 = rotated(state.3, 21) ^ state.0
    state.2 &+= state.1
    state.1 = rotated(state.1, 17) ^ state.2
    state.2 = rotated(state.2, 32)
  }
}
