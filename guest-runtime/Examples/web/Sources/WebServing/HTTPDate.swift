// SPDX-License-Identifier: Apache-2.0

import ByteText

/// A moment, to the second, as HTTP writes it. Source: RFC 9110, 5.6.7.
public struct HTTPDate: Comparable, Sendable {
  /// Seconds since 1970.
  public let seconds: UInt64

  public init(seconds: UInt64) { self.seconds = seconds }

  public static func < (left: HTTPDate, right: HTTPDate) -> Bool { left.seconds < right.seconds }

  private static let days: StaticString = "SunMonTueWedThuFriSat"
  private static let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"

  /// Like `Sun, 06 Nov 1994 08:49:37 GMT`.
  public var text: [UInt8] {
    let (day, time) = (seconds / 86400, seconds % 86400)
    let date = Self.date(day)
    var text: [UInt8] = []
    text.append(contentsOf: Self.name(Int((day + 4) % 7), of: Self.days))
    text.append(", ")
    text.append(decimal: date.day, width: 2)
    text.append(32)
    text.append(contentsOf: Self.name(Int(date.month) - 1, of: Self.months))
    text.append(32)
    text.append(decimal: date.year, width: 4)
    text.append(32)
    text.append(decimal: time / 3600, width: 2)
    text.append(58)
    text.append(decimal: time / 60 % 60, width: 2)
    text.append(58)
    text.append(decimal: time % 60, width: 2)
    text.append(" GMT")
    return text
  }

  /// A date in one of the three formats; nil if it is none, or before 1970. A year of two digits is not more than
  /// 50 years ahead of `now`.
  public init?(_ text: ArraySlice<UInt8>, now: HTTPDate? = nil) {
    // Names, numbers and times, whatever is between them: the formats differ in their order.
    let words = text.split { $0 == 32 || $0 == 44 || $0 == 45 }
    let isClassic = words.count == 5 && words[1].count == 3 && words[3].count == 8
    guard isClassic || words.count == 6 && words[5].isText("GMT") else { return nil }
    let (dayWord, monthWord, yearWord, timeWord) =
      isClassic
      ? (words[2], words[1], words[4], words[3]) : (words[1], words[2], words[3], words[4])
    guard Self.isDayName(words[0]), (1...2).contains(dayWord.count),
      let day = dayWord.decimalValue, let month = Self.month(monthWord),
      yearWord.count == 4 || yearWord.count == 2, var year = yearWord.decimalValue,
      let time = Self.time(timeWord)
    else { return nil }
    if yearWord.count == 2 {
      let current = Self.date((now?.seconds ?? 0) / 86400).year
      year += current / 100 * 100
      if year > current + 50 { year -= 100 }
    }
    guard year >= 1970, year <= 9999, day >= 1, day <= Self.length(ofMonth: month, year) else {
      return nil
    }
    seconds = Self.dayNumber(year, month, day) * 86400 + time
  }

  // MARK: Words

  private static func name(_ number: Int, of names: StaticString) -> UnsafeBufferPointer<UInt8> {
    // Within the literal, for numbers of days and months.
    UnsafeBufferPointer(start: names.utf8Start + 3 * number, count: 3)
  }

  private static func isDayName(_ word: ArraySlice<UInt8>) -> Bool {
    word.count >= 3 && (0..<7).contains { name($0, of: days).elementsEqual(word.prefix(3)) }
  }

  private static func month(_ word: ArraySlice<UInt8>) -> UInt64? {
    (0..<12).first { name($0, of: months).elementsEqual(word) }.map { UInt64($0 + 1) }
  }

  /// Like `08:49:37`; a leap second is one second late.
  private static func time(_ word: ArraySlice<UInt8>) -> UInt64? {
    let parts = word.split(separator: 58, omittingEmptySubsequences: false)
    guard parts.count == 3, parts.allSatisfy({ $0.count == 2 }),
      let hour = parts[0].decimalValue, let minute = parts[1].decimalValue,
      let second = parts[2].decimalValue, hour < 24, minute < 60, second <= 60
    else { return nil }
    return hour * 3600 + minute * 60 + second
  }

  // MARK: The calendar

  private static func isLeap(_ year: UInt64) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  private static func length(ofMonth month: UInt64, _ year: UInt64) -> UInt64 {
    if month == 2 { return isLeap(year) ? 29 : 28 }
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31
  }

  /// Days from 1970 to the beginning of a year from 1970 on.
  private static func days(before year: UInt64) -> UInt64 {
    let last = year - 1
    return year * 365 + last / 4 - last / 100 + last / 400 - 719_527
  }

  private static func dayNumber(_ year: UInt64, _ month: UInt64, _ day: UInt64) -> UInt64 {
    var number = days(before: year) + day - 1
    for earlier in 1..<month { number += length(ofMonth: earlier, year) }
    return number
  }

  private static func date(_ number: UInt64) -> (year: UInt64, month: UInt64, day: UInt64) {
    // Not too late, and early by a year at most.
    var year = 1970 + number / 366
    while days(before: year + 1) <= number { year += 1 }
    var (month, rest) = (UInt64(1), number - days(before: year))
    while rest >= length(ofMonth: month, year) {
      rest -= length(ofMonth: month, year)
      month += 1
    }
    return (year, month, rest + 1)
  }
}
