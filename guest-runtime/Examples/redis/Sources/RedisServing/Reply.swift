// SPDX-License-Identifier: Apache-2.0

import ByteText

/// Answers, one behind the other, as the protocol has them.
struct Reply {
  var bytes: [UInt8] = []
  /// Where the last answer begins.
  private(set) var start = 0
  /// How many bytes there may be, as far as is known.
  private var limit = Int.max
  /// How many bytes the last answer may have; nil when that is known.
  private var room: (() -> Int)?
  /// Whether something of the last answer did not fit, and was left out.
  private(set) var isCut = false

  /// Every answer may have as many bytes.
  static let freeLimit = 2048

  init(bytes: [UInt8] = []) { self.bytes = bytes }

  mutating func ok() { bytes.append("+OK\r\n") }

  mutating func simple(_ text: StaticString) {
    bytes.append(43)
    bytes.append(text)
    end()
  }

  mutating func integer(_ value: Int64) { head(58, Int(value)) }

  mutating func count(_ value: Int) { head(58, value) }

  mutating func flag(_ value: Bool) { head(58, value ? 1 : 0) }

  mutating func bulk(_ value: [UInt8]) {
    guard hasRoom(for: value.count) else { return }
    head(36, value.count)
    bytes += value
    end()
  }

  mutating func bulk(_ text: StaticString) {
    head(36, text.utf8CodeUnitCount)
    bytes.append(text)
    end()
  }

  /// No value.
  mutating func null() { if hasRoom(for: 0) { bytes.append("$-1\r\n") } }

  /// No array.
  mutating func nullArray() { bytes.append("*-1\r\n") }

  /// The head of an array, whose elements follow.
  mutating func array(_ count: Int) { head(42, count) }

  /// An error instead of what the last answer has begun with.
  mutating func replace(with error: CommandError) {
    bytes = Array(bytes[..<start])
    self.error(error)
  }

  mutating func error(_ error: CommandError) {
    bytes.append(45)
    bytes.append(error.before)
    for byte in error.name.prefix(512) { bytes.append(byte == 13 || byte == 10 ? 32 : byte) }
    bytes.append(error.after)
    end()
  }

  private mutating func head(_ kind: UInt8, _ number: Int) {
    guard hasRoom(for: 0) else { return }
    bytes.append(kind)
    bytes.append(decimal: number)
    end()
  }

  /// Begins an answer.
  ///
  /// - Parameter room: how many bytes it may have; asked for if they are many.
  mutating func begin(room: @escaping () -> Int) {
    (start, limit, self.room, isCut) = (bytes.count, bytes.count + Self.freeLimit, room, false)
  }

  /// Ends an answer: what else is added is no part of it.
  mutating func finish() { (limit, room) = (.max, nil) }

  /// Whether a text fits, with what is before and behind it.
  private mutating func hasRoom(for count: Int) -> Bool {
    if count + 24 > limit - bytes.count, let room {
      limit = max(limit, start + room())
      self.room = nil
    }
    if count + 24 > limit - bytes.count { isCut = true }
    return !isCut
  }

  private mutating func end() {
    bytes.append(13)
    bytes.append(10)
  }
}

/// Why a command is refused: a text with a name in it.
struct CommandError: Error {
  let before: StaticString
  var name: [UInt8] = []
  var after: StaticString = ""

  init(_ before: StaticString, _ name: [UInt8] = [], _ after: StaticString = "") {
    (self.before, self.name, self.after) = (before, name, after)
  }

  static var wrongType: CommandError {
    CommandError("WRONGTYPE Operation against a key holding the wrong kind of value")
  }
  static var notInteger: CommandError {
    CommandError("ERR value is not an integer or out of range")
  }
  static var syntax: CommandError { CommandError("ERR syntax error") }
  static var overflow: CommandError {
    CommandError("ERR increment or decrement would overflow")
  }

  static var tooLong: CommandError {
    CommandError("OOM there is no memory for an answer of this length")
  }

  static func arity(_ command: StaticString) -> CommandError {
    CommandError(
      "ERR wrong number of arguments for '", [UInt8](text: command), "' command")
  }

  static func expiry(_ command: StaticString) -> CommandError {
    CommandError("ERR invalid expire time in '", [UInt8](text: command), "' command")
  }
}

/// Integers in text, as Redis takes and writes them.
enum Integer {
  /// The integer that the text is; nil if it is none, has a plus or zeros before it, or is too large.
  static func value(_ text: ArraySlice<UInt8>) -> Int64? {
    let isNegative = text.first == 45
    let digits = isNegative ? text.dropFirst() : text
    guard let first = digits.first, digits.count < 20, let magnitude = digits.decimalValue else {
      return nil
    }
    guard first != 48 || digits.count == 1 && !isNegative else { return nil }
    if isNegative {
      return magnitude <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil
    }
    return Int64(exactly: magnitude)
  }

  static func text(_ value: Int64) -> [UInt8] {
    var text: [UInt8] = []
    text.append(decimal: Int(value))
    return text
  }
}

/// Patterns with `*`, `?`, `[a-z]`, `[^a]` and `\`. As Redis matches them.
enum GlobPattern {
  static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
    // The last star, and where in the text to go on should what follows it not match: one place suffices, for a
    // later star can make up for anything that an earlier one could. So the time is bounded by the product.
    var (place, position) = (0, 0)
    var star: (place: Int, position: Int)?
    while position < text.count || place < pattern.count {
      if place < pattern.count {
        if pattern[place] == 0x2A {
          star = (place, position)
          place += 1
          continue
        }
        if position < text.count, let next = step(pattern, place, text[position]) {
          place = next
          position += 1
          continue
        }
      }
      guard let last = star, last.position < text.count else { return false }
      star = (last.place, last.position + 1)
      (place, position) = (last.place + 1, last.position + 1)
    }
    return true
  }

  /// The place behind the part of a pattern that is for one byte, if the byte fits.
  private static func step(_ pattern: [UInt8], _ start: Int, _ byte: UInt8) -> Int? {
    switch pattern[start] {
    case 0x3F: return start + 1
    case 0x5B:
      var place = start + 1
      let isNegated = place < pattern.count && pattern[place] == 0x5E
      if isNegated { place += 1 }
      var fits = false
      while place < pattern.count, pattern[place] != 0x5D {
        if pattern[place] == 0x5C, place + 1 < pattern.count {
          place += 1
          if pattern[place] == byte { fits = true }
        } else if place + 2 < pattern.count, pattern[place + 1] == 0x2D {
          let (low, high) = (pattern[place], pattern[place + 2])
          if (min(low, high)...max(low, high)).contains(byte) { fits = true }
          place += 2
        } else if pattern[place] == byte {
          fits = true
        }
        place += 1
      }
      return fits != isNegated ? min(place + 1, pattern.count) : nil
    case 0x5C where start + 1 < pattern.count: return pattern[start + 1] == byte ? start + 2 : nil
    default: return pattern[start] == byte ? start + 1 : nil
    }
  }
}
