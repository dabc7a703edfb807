// SPDX-License-Identifier: Apache-2.0

extension ProgramGroup {
  /// Whole numbers: text, arithmetic, bits.
  public static let integers = ProgramGroup(
    "integers",
    [
      Program("integers as text", integersAsText),
      Program("text as integers", textAsIntegers),
      Program("arithmetic that overflows", overflowingArithmetic),
      Program("bits and bytes", bitsAndBytes),
      Program("division and its signs", divisionAndItsSigns),
      Program("conversions", integerConversions),
      Program("128 bits", oneHundredAndTwentyEightBits),
      Program("strides", strides),
    ])
}

private func integersAsText() {
  print("\(0) \(-1) \(Int.max) \(Int.min) \(UInt64.max) \(UInt8(200)) \(Int8(-128))")
  for radix in [2, 8, 10, 16, 36] { print(String(123_456_789, radix: radix)) }
  print(String(0xbeef, radix: 16, uppercase: true))
  print(String(-255, radix: 16))
  print(42.description, true.description)
}

private func textAsIntegers() {
  for text in ["0", "-17", "+5", "9223372036854775807", "9223372036854775808", "", "-", "1x", " 1"]
  {
    if let number = Int(text) { print("\(text) = \(number)") } else { print("'\(text)' is none") }
  }
  print(Int("ff", radix: 16) ?? -1, UInt8("256") ?? 0, Int("zz", radix: 36) ?? -1)
  print(Int("1011", radix: 2) ?? -1)
}

private func overflowingArithmetic() {
  print(Int8.max &+ 1, UInt8.min &- 1, Int.max &* 2)
  let sum = UInt8(200).addingReportingOverflow(100)
  print(sum.partialValue, sum.overflow)
  let product = Int32.max.multipliedReportingOverflow(by: 3)
  print(product.partialValue, product.overflow)
  let wide = UInt64.max.multipliedFullWidth(by: UInt64.max)
  print(wide.high, wide.low)
  let divided = UInt64(7).dividingFullWidth((3, 5))
  print(divided.quotient, divided.remainder)
  print(Int.min.magnitude, Int8(-7).magnitude)
}

private func bitsAndBytes() {
  let word: UInt32 = 0x1234_5678
  print(String(word.byteSwapped, radix: 16), String(word.bigEndian, radix: 16))
  print(word.nonzeroBitCount, word.leadingZeroBitCount, word.trailingZeroBitCount)
  print(word << 4, word >> 28, word &<< 33, Int32(-8) >> 1, word << 40)
  print(~UInt8(0b1010_0101), 12 & 10, 12 | 10, 12 ^ 10)
  print(UInt16(truncatingIfNeeded: 0x12345), Int8(bitPattern: 0xff))
  var bytes = [UInt8]()
  withUnsafeBytes(of: word.littleEndian) { bytes = Array($0) }
  print("\(bytes[0]) \(bytes[1]) \(bytes[2]) \(bytes[3])")
}

private func divisionAndItsSigns() {
  for (left, right) in [(7, 2), (-7, 2), (7, -2), (-7, -2)] {
    let parts = left.quotientAndRemainder(dividingBy: right)
    print(left / right, left % right, parts.quotient, parts.remainder, left.isMultiple(of: right))
  }
  print((-5).signum(), 0.signum(), 9.signum(), abs(-3))
}

private func integerConversions() {
  print(
    Int8(exactly: 128) == nil, Int8(exactly: 127) ?? 0, UInt8(clamping: -4), Int8(clamping: 999))
  print(Int(3.99), Int(-3.99), Int(exactly: 2.5) == nil, Int(exactly: 1e15) ?? 0)
  print(Double(Int.max), Float(16_777_217))
  print(UInt8(ascii: "A"), Character(UnicodeScalar(UInt8(66))))
}

private func oneHundredAndTwentyEightBits() {
  let large: Int128 = 170_141_183_460_469_231_731_687_303_715_884_105_727
  print(large == Int128.max, Int128.min, UInt128.max)
  var factorial: UInt128 = 1
  for factor in 1...30 { factorial *= UInt128(factor) }
  print(factorial, factorial / 1_000_000_007, factorial % 1_000_000_007)
  print(UInt64(factorial >> 64), UInt64(truncatingIfNeeded: factorial))
  print(Int128(-5) / 2, Int128("-12345678901234567890123") ?? 0)
}

private func strides() {
  print(stride(from: 0, to: 10, by: 3).map { "\($0)" }.joined(separator: " "))
  print(stride(from: 10, through: 0, by: -5).map { "\($0)" }.joined(separator: " "))
  print(stride(from: 0.0, to: 1, by: 0.25).map { "\($0)" }.joined(separator: " "))
  print((1...100).reduce(0, +), (1..<1).isEmpty, (0...9).contains(9))
}
