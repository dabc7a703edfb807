// SPDX-License-Identifier: Apache-2.0

/// The last words of a guest of PVHKit, as its runtime prints them.
///
/// ```
/// *** the guest crashed: page fault, writing 0000000000000010 (a null pointer)
///   rip 00000000000012c4
///   …
///   image 0f3a…
///   caller 0000000000001322
/// ```
struct ParsedCrashReport: Equatable {
  /// What stands behind the mark, up to the end of the line.
  private(set) var reason = ""
  /// Numbers in lines of their own, by their names; of the same name the first.
  private(set) var numbers: [String: UInt64] = [:]
  /// Where the functions that were under way would have gone on, the innermost first.
  private(set) var callers: [UInt64] = []

  /// What the report begins with.
  static let mark = "*** the guest crashed: "
  /// Bytes that a report has at most. Source: `CrashReport` in GuestRuntime.
  static let limit = 2048

  /// By which the program with its symbols is found; nil if the report was cut before.
  var image: UInt64? { numbers["image"] }
  /// The address of the instruction that failed; nil in a report that the program made by itself.
  var instruction: UInt64? { numbers["rip"] }

  /// The last report in a text; nil if there is none. Other lines may come in between, and the end may be
  /// missing.
  init?(in text: String) {
    guard let start = text.ranges(of: Self.mark).last else { return nil }
    for (index, line) in text[start.upperBound...].split(
      omittingEmptySubsequences: false, whereSeparator: \.isNewline
    ).enumerated() {
      if index == 0 {
        reason = String(line)
        continue
      }
      let words = line.split(separator: " ")
      guard words.count == 2, words[1].count == 16, let number = UInt64(words[1], radix: 16)
      else { continue }
      if words[0] == "caller" {
        callers.append(number)
      } else if numbers[String(words[0])] == nil {
        numbers[String(words[0])] = number
      }
    }
  }
}

/// Looks for crash reports in a console's output, however it is cut into pieces, and keeps the last: a guest
/// that is started again may crash again.
struct CrashReportFinder {
  private var matched = 0
  private var kept: [UInt8] = []

  private static let mark = Array(ParsedCrashReport.mark.utf8)

  /// Whether one has begun.
  private(set) var found = false

  /// The report, as far as it has come.
  var report: ParsedCrashReport? {
    found
      ? ParsedCrashReport(in: ParsedCrashReport.mark + String(decoding: kept, as: UTF8.self)) : nil
  }

  /// Looks at the next piece.
  mutating func look(at bytes: [UInt8]) {
    for byte in bytes {
      if found, kept.count < ParsedCrashReport.limit { kept.append(byte) }
      if byte == Self.mark[matched] {
        matched += 1
        guard matched == Self.mark.count else { continue }
        (found, kept, matched) = (true, [], 0)
      } else {
        // The mark's only prefix that is also a suffix of a prefix is its run of stars.
        matched = byte == Self.mark[0] ? (matched == 3 ? 3 : 1) : 0
      }
    }
  }
}
