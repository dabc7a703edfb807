// SPDX-License-Identifier: Apache-2.0

import ByteText

/// Why bytes are no command. Nothing more comes of the connection then.
struct ProtocolFailure: Error, Equatable {
  /// As Redis says it.
  let text: [UInt8]

  init(_ text: StaticString, _ more: [UInt8] = []) {
    self.text = [UInt8](text: "Protocol error: ") + [UInt8](text: text) + more
  }
}

/// Makes commands of the bytes of a connection, in whatever pieces they come. What it keeps is bounded.
///
/// Source: the Redis serialization protocol, version 2: arrays of bulk strings, and lines of words.
struct CommandParser {
  /// How many bytes the arguments of a command may take.
  private let limit: Int
  private var bytes: [UInt8] = []
  /// The first byte that is not used up.
  private var start = 0
  /// Where to look on for the end of a line.
  private var looked = 0
  /// How many arguments of the command are still to come; 0 between commands.
  private var missing = 0
  private var arguments: [[UInt8]] = []
  /// What the arguments take, with those that are to come as far as they were announced.
  private var argumentBytes = 0
  /// The length of the argument that is to come; nil as long as that is to come, too.
  private var length: Int?

  private static let lineLimit = 65_536
  private static let argumentLimit: Int64 = 1 << 20

  /// What an argument takes besides its bytes: the head of its array, and its place among the others.
  static let argumentOverhead = 64

  /// Arguments that are longer are received where they stay.
  static let longArgument = 65_536
  /// How many bytes there are in one piece: asked for before a long argument comes.
  private let room: () -> Int

  init(limit: Int, room: @escaping () -> Int = { .max }) { (self.limit, self.room) = (limit, room) }

  /// How many bytes it keeps, of a command that is not whole or was not asked for yet.
  var size: Int { bytes.capacity + argumentBytes }

  mutating func receive(_ more: [UInt8]) {
    if bytes.isEmpty { bytes = more } else { bytes += more }
  }

  /// The next command with its arguments, at least one; nil if none is there as a whole.
  mutating func next() throws(ProtocolFailure) -> [[UInt8]]? {
    if let arguments = try takeCommand() { return arguments }
    if start > 0 {
      // No more room than for what is left.
      bytes = start < bytes.count ? Array(bytes[start...]) : []
      (start, looked) = (0, max(0, looked - start))
    }
    return nil
  }

  private mutating func takeCommand() throws(ProtocolFailure) -> [[UInt8]]? {
    while start < bytes.count || length == 0 {
      if missing == 0 {
        guard bytes[start] == 0x2A else {
          guard let words = try takeInline() else { return nil }
          if words.isEmpty { continue }
          return words
        }
        guard let line = try takeLine("too big mbulk count string") else { return nil }
        guard let count = number(line), count <= Int64(Int32.max) else {
          throw ProtocolFailure("invalid multibulk length")
        }
        // Redis takes more; nobody sends as many to a guest.
        guard count <= Self.argumentLimit else { throw ProtocolFailure("invalid multibulk length") }
        if count <= 0 { continue }
        missing = Int(count)
        (arguments, argumentBytes) = ([], 0)
      }
      guard let argument = try takeArgument() else { return nil }
      arguments.append(argument)
      missing -= 1
      guard missing == 0 else { continue }
      defer { (arguments, argumentBytes) = ([], 0) }
      return arguments
    }
    return nil
  }

  private mutating func takeArgument() throws(ProtocolFailure) -> [UInt8]? {
    if length == nil {
      guard start < bytes.count, let line = try takeLine("too big bulk count string") else {
        return nil
      }
      guard bytes[line.lowerBound - 1] == 0x24 else {
        throw ProtocolFailure("expected '$', got '", [bytes[line.lowerBound - 1], 39])
      }
      guard let number = number(line), number >= 0, number <= 512 << 20,
        Int(number) + Self.argumentOverhead <= limit - argumentBytes,
        number <= Self.longArgument || Int(number) <= room() / 2
      else { throw ProtocolFailure("invalid bulk length") }
      length = Int(number)
      if number > Self.longArgument { makeRoom(for: Int(number)) }
      argumentBytes += Int(number) + Self.argumentOverhead
    }
    // Its bytes, CR and LF.
    guard let count = length, bytes.count - start >= count + 2 else { return nil }
    var argument: [UInt8] = []
    if count > Self.longArgument {
      // They stay where they are.
      swap(&argument, &bytes)
      bytes = Array(argument[(start + count + 2)...])
      argument.removeSubrange((start + count)...)
      argument.removeFirst(start)
      start = 0
    } else {
      argument = Array(bytes[start..<start + count])
      start += count + 2
    }
    looked = start
    length = nil
    return argument
  }

  /// Makes room for a long argument and what may come with its end: growing bit by bit, it would have twice as much.
  private mutating func makeRoom(for count: Int) {
    var roomy: [UInt8] = []
    roomy.reserveCapacity(count + 16_384)
    roomy += bytes[start...]
    (bytes, start, looked) = (roomy, 0, 0)
  }

  /// Takes a line that ends with CR LF; the range is without its first byte.
  private mutating func takeLine(_ problem: StaticString) throws(ProtocolFailure) -> Range<Int>? {
    looked = max(looked, start)
    while looked < bytes.count, bytes[looked] != 13 { looked += 1 }
    guard looked + 1 < bytes.count else {
      if bytes.count - start > Self.lineLimit { throw ProtocolFailure(problem) }
      return nil
    }
    // As in Redis, a line without a first byte is one of its end.
    let line = start + 1..<max(start + 1, looked)
    start = looked + 2
    looked = start
    return line
  }

  /// An integer as Redis takes it: no plus, no zeros before it, nothing else.
  private func number(_ line: Range<Int>) -> Int64? { Integer.value(bytes[line]) }

  // MARK: Lines of words

  private mutating func takeInline() throws(ProtocolFailure) -> [[UInt8]]? {
    looked = max(looked, start)
    while looked < bytes.count, bytes[looked] != 10 { looked += 1 }
    guard looked < bytes.count else {
      if bytes.count - start > Self.lineLimit { throw ProtocolFailure("too big inline request") }
      return nil
    }
    let end = looked > start && bytes[looked - 1] == 13 ? looked - 1 : looked
    var line = InlineWords(Array(bytes[start..<end]))
    start = looked + 1
    looked = start
    return try line.all()
  }
}

/// The words of a line, some in quotation marks.
private struct InlineWords {
  private let line: [UInt8]
  private var place = 0

  init(_ line: [UInt8]) { self.line = line }

  mutating func all() throws(ProtocolFailure) -> [[UInt8]] {
    var words: [[UInt8]] = []
    while true {
      while place < line.count, Self.isSpace(line[place]) { place += 1 }
      guard place < line.count, line[place] != 0 else { return words }
      words.append(try word())
    }
  }

  private mutating func word() throws(ProtocolFailure) -> [UInt8] {
    var word: [UInt8] = []
    while place < line.count, !Self.isSpace(line[place]), line[place] != 0 {
      let byte = line[place]
      place += 1
      guard byte == 0x22 || byte == 0x27 else {
        word.append(byte)
        continue
      }
      try addQuoted(until: byte, to: &word)
      // A quotation mark ends the word.
      guard place == line.count || Self.isSpace(line[place]) else { break }
      return word
    }
    guard place == line.count || line[place] == 0 || Self.isSpace(line[place]) else {
      throw ProtocolFailure("unbalanced quotes in request")
    }
    return word
  }

  private mutating func addQuoted(
    until quote: UInt8, to word: inout [UInt8]
  ) throws(ProtocolFailure) {
    while place < line.count {
      let byte = line[place]
      place += 1
      if byte == quote { return }
      guard byte == 0x5C, place < line.count else {
        word.append(byte)
        continue
      }
      let escaped = line[place]
      if quote == 0x27 {
        // Only the quotation mark itself is escaped here.
        word.append(escaped == quote ? escaped : byte)
        if escaped == quote { place += 1 }
      } else if escaped == 0x78, place + 2 < line.count,
        let high = ASCII.hexadecimalValue(line[place + 1]),
        let low = ASCII.hexadecimalValue(line[place + 2])
      {
        word.append(high << 4 | low)
        place += 3
      } else {
        word.append(Self.meaning(of: escaped))
        place += 1
      }
    }
    throw ProtocolFailure("unbalanced quotes in request")
  }

  private static func meaning(of escaped: UInt8) -> UInt8 {
    switch escaped {
    case 0x6E: 10
    case 0x72: 13
    case 0x74: 9
    case 0x62: 8
    case 0x61: 7
    default: escaped
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
}
