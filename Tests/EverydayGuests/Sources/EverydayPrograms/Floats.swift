// SPDX-License-Identifier: Apache-2.0

extension ProgramGroup {
  /// Numbers with a fraction.
  public static let floats = ProgramGroup(
    "floats",
    [
      Program("fractions as text", fractionsAsText),
      Program("text as fractions", textAsFractions),
      Program("rounding", rounding),
      Program("roots and remainders", rootsAndRemainders),
      Program("numbers that are none", numbersThatAreNone),
      Program("the parts of a fraction", partsOfAFraction),
      Program("narrow and wide", narrowAndWide),
      Program("statistics", statistics),
    ])
}

private func fractionsAsText() {
  print(
    0.1 + 0.2, 1.0, -0.0, 1e100, 1.5e-7, 123_456_789.125, 2.2250738585072014e-308,
    1.7976931348623157e308)
  print(Float(0.1), Float(16_777_216), Float.pi, Double.pi)
  print("\(1.0 / 3) \(2.0 / 3) \(100.0)")
}

private func textAsFractions() {
  for text in ["1.5", "-2e3", "0x1p-3", "1e400", "nan", "inf", "", "1,5", " 1", ".5"] {
    if let number = Double(text) {
      print("\(text) = \(number)")
    } else {
      print("'\(text)' is none")
    }
  }
  print(Float("3.25") ?? 0)
}

private func rounding() {
  for number in [2.5, -2.5, 3.5, 2.4, -2.6, 0.5, 1e18 + 0.5] {
    print(
      number.rounded(), number.rounded(.toNearestOrEven), number.rounded(.up),
      number.rounded(.down),
      number.rounded(.towardZero), number.rounded(.awayFromZero))
  }
  var price = 19.994
  price = (price * 100).rounded() / 100
  print(price)
}

private func rootsAndRemainders() {
  print(2.0.squareRoot(), 144.0.squareRoot(), Float(2).squareRoot(), (-1.0).squareRoot().isNaN)
  print(
    10.0.truncatingRemainder(dividingBy: 3), 10.0.remainder(dividingBy: 4),
    -7.5.truncatingRemainder(dividingBy: 2))
  print(2.0.addingProduct(3, 4), 1e-20.addingProduct(1, 1))
}

private func numbersThatAreNone() {
  let none = Double.nan
  print(none == none, none.isNaN, Double.infinity > 1e308, -Double.infinity)
  print(1.0 / 0 == .infinity, (0.0 / 0).isNaN, Double.greatestFiniteMagnitude * 2)
  print(Double.minimum(1, 2), Double.maximum(.nan, 2), min(1.0, 2.0), (-0.0).sign == .minus)
  print([3.0, 1.0, 2.0].sorted().map { "\($0)" }.joined(separator: " "), 1.0.isLess(than: 2))
}

private func partsOfAFraction() {
  let number = 6.5
  print(number.exponent, number.significand, number.ulp, number.nextUp, number.nextDown)
  print(number.bitPattern, Double(bitPattern: 0x4009_21fb_5444_2d18), number.binade)
  print(
    Double(sign: .minus, exponent: 3, significand: 1.25), 0.0.isZero,
    Double.leastNonzeroMagnitude.isSubnormal)
  print(Double.leastNormalMagnitude, Double.ulpOfOne)
}

private func narrowAndWide() {
  print(Double(Float(0.1)), Float(0.1 as Double), Float(1e300))
  print(Float16(1.0 / 3), Float16(65504), Double(Float16(0.1)))
  let wide: Float80 = 1
  print(Double(wide / 3), Float80(2).squareRoot() > 1.41421356237)
}

private func statistics() {
  let values = (1...1000).map { Double($0 * 7919 % 1009) / 10 }
  let mean = values.reduce(0, +) / Double(values.count)
  let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(values.count - 1)
  print(mean, variance, variance.squareRoot(), values.max() ?? 0, values.min() ?? 0)
}
