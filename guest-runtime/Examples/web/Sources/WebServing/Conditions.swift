// SPDX-License-Identifier: Apache-2.0

import ByteText

/// What a request makes the answer depend on. Source: RFC 9110, 13.2.2.
enum Conditions {
  /// What to answer of a file.
  enum Outcome: Equatable {
    case whole
    case part(Range<Int>)
    case notModified
    case failed
    case badRange
  }

  static func outcome(
    of request: Request, for file: TarArchive.File, now: HTTPDate?
  ) -> Outcome {
    let (tag, time) = (file.entityTag, HTTPDate(seconds: file.time))
    func date(_ field: [UInt8]) -> HTTPDate? { HTTPDate(field[...], now: now) }
    if let tags = request.ifMatch {
      guard matches(tags, tag, isWeak: false) else { return .failed }
    } else if let limit = request.ifUnmodifiedSince.flatMap(date) {
      guard time <= limit else { return .failed }
    }
    if let tags = request.ifNoneMatch {
      if matches(tags, tag, isWeak: true) { return .notModified }
    } else if let limit = request.ifModifiedSince.flatMap(date) {
      if time <= limit { return .notModified }
    }
    guard request.method == .get, let range = request.range else { return .whole }
    if let condition = request.ifRange {
      // A tag that is not weak, or exactly the date.
      guard condition == tag || date(condition) == time else { return .whole }
    }
    return part(range, of: file.range.count)
  }

  /// Whether a tag is one of a list, or the list is `*`.
  private static func matches(_ list: [UInt8], _ tag: [UInt8], isWeak: Bool) -> Bool {
    if list == [0x2A] { return true }
    // Tags may have commas, ours have none: a list is split at them all the same.
    for item in list[...].split(separator: 44).map(Request.trimmed) {
      if item.elementsEqual(tag) { return true }
      if isWeak, item.prefix(2).isText("W/"), item.dropFirst(2).elementsEqual(tag) { return true }
    }
    return false
  }

  /// Source: RFC 9110, 14.1.2 and 14.2. What is no range of bytes, or several, counts as none.
  private static func part(_ field: [UInt8], of count: Int) -> Outcome {
    guard field.prefix(6).isTextIgnoringCase("bytes=") else { return .whole }
    let range = Request.trimmed(field[6...])
    guard !range.contains(44), let dash = range.firstIndex(of: 0x2D) else { return .whole }
    let (first, last) = (range[..<dash], range[(dash + 1)...])
    if first.isEmpty {
      guard let length = number(last) else { return .whole }
      guard length > 0, count > 0 else { return .badRange }
      return .part(count - min(length, count)..<count)
    }
    guard let start = number(first) else { return .whole }
    var end = count
    if !last.isEmpty {
      guard let given = number(last), given >= start else { return .whole }
      end = min(count, given + 1)
    }
    return start < count ? .part(start..<end) : .badRange
  }

  /// A number of bytes; one that is larger than any file's is as good as another.
  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard !digits.isEmpty, digits.allSatisfy(ASCII.isDigit) else { return nil }
    return Int(min(digits.decimalValue ?? .max, 1 << 60))
  }
}
