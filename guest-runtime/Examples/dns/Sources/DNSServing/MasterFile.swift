// SPDX-License-Identifier: Apache-2.0

import ByteText

/// Reads master files. Source: RFC 1035, 5.
struct MasterFile {
  private struct Word {
    let text: ArraySlice<UInt8>
    let isQuoted: Bool
  }

  private let text: [UInt8]
  private var place = 0
  private(set) var line = 1
  private var origin = DomainName.root
  private var defaultTTL: UInt32?
  private var owner: DomainName?

  init(_ text: [UInt8]) { self.text = text }

  /// The next record and its owner; nil at the end.
  mutating func next() throws(ZoneFailure) -> (owner: DomainName, record: DNSRecord)? {
    while place < text.count {
      let hasOwner = text[place] != 32 && text[place] != 9
      var words = try takeEntry()[...]
      guard let first = words.first else { continue }
      if first.text.first == 0x24 {
        try obey(words)
        continue
      }
      if hasOwner {
        owner = try name(words.popFirst())
      }
      guard let owner else { throw failure(.noOwner) }
      return (owner, try record(words))
    }
    return nil
  }

  // MARK: Words

  /// The words of an entry: a line, or several with parentheses.
  private mutating func takeEntry() throws(ZoneFailure) -> [Word] {
    var words: [Word] = []
    var depth = 0
    while place < text.count {
      let byte = text[place]
      switch byte {
      case 10:
        place += 1
        line += 1
        if depth == 0 { return words }
      case 32, 9, 13: place += 1
      case 0x3B: while place < text.count, text[place] != 10 { place += 1 }
      case 0x28:
        depth += 1
        place += 1
      case 0x29:
        guard depth > 0 else { throw failure(.openParenthesis) }
        depth -= 1
        place += 1
      case 0x22:
        let start = place + 1
        place = start
        while place < text.count, text[place] != 0x22, text[place] != 10 {
          place += text[place] == 0x5C ? 2 : 1
        }
        guard place < text.count, text[place] == 0x22 else { throw failure(.badText) }
        words.append(Word(text: text[start..<place], isQuoted: true))
        place += 1
      case 0...31: throw failure(.badRecord)
      default:
        let start = place
        while place < text.count, !Self.endsWord(text[place]) {
          place += text[place] == 0x5C ? 2 : 1
        }
        place = min(place, text.count)
        words.append(Word(text: text[start..<place], isQuoted: false))
      }
    }
    guard depth == 0 else { throw failure(.openParenthesis) }
    return words
  }

  private static func endsWord(_ byte: UInt8) -> Bool {
    byte <= 32 || byte == 0x3B || byte == 0x28 || byte == 0x29 || byte == 0x22
  }

  /// The byte at a place, which moves behind it: one of its own, or `\X`, or `\DDD`.
  static func unescaped(_ text: ArraySlice<UInt8>, _ place: inout Int) -> UInt8? {
    let byte = text[place]
    place += 1
    guard byte == 0x5C else { return byte }
    guard place < text.endIndex else { return nil }
    guard ASCII.isDigit(text[place]) else {
      place += 1
      return text[place - 1]
    }
    guard place + 3 <= text.endIndex, let value = text[place..<place + 3].decimalValue else {
      return nil
    }
    place += 3
    return UInt8(exactly: value)
  }

  // MARK: Entries

  private mutating func obey(_ words: ArraySlice<Word>) throws(ZoneFailure) {
    let (directive, argument) = (words.first?.text ?? [], words.dropFirst().first)
    guard words.count == 2 else { throw failure(.badRecord) }
    if directive.isTextIgnoringCase("$origin") {
      origin = try name(argument)
    } else if directive.isTextIgnoringCase("$ttl") {
      defaultTTL = try time(argument)
    } else {
      throw failure(.unknownDirective)
    }
  }

  private func record(_ all: ArraySlice<Word>) throws(ZoneFailure) -> DNSRecord {
    var words = all
    var ttl = defaultTTL
    // A TTL and a class may come, in either order.
    while let word = words.first {
      if word.text.isTextIgnoringCase("in") {
        words = words.dropFirst()
      } else if word.text.first.map(ASCII.isDigit) ?? false {
        ttl = try time(word)
        words = words.dropFirst()
      } else {
        break
      }
    }
    guard let kind = words.popFirst()?.text else { throw failure(.badRecord) }
    func record(_ number: UInt16) -> DNSRecord { DNSRecord(kind: number, ttl: 0) }
    var result: DNSRecord
    if kind.isTextIgnoringCase("soa") {
      result = record(DNSRecord.Kind.soa)
      result.names = [try name(words.popFirst()), try name(words.popFirst())]
      result.after = try number(words.popFirst(), 4)
      for _ in 0..<4 { result.after += Self.bytes(try time(words.popFirst())) }
      if ttl == nil { ttl = 3600 }
    } else if kind.isTextIgnoringCase("a") {
      result = record(DNSRecord.Kind.a)
      result.before = try address(words.popFirst()?.text ?? [])
    } else if kind.isTextIgnoringCase("aaaa") {
      result = record(DNSRecord.Kind.aaaa)
      guard let bytes = AddressText.bytes(words.popFirst()?.text ?? []) else {
        throw failure(.badAddress)
      }
      result.before = bytes
    } else if kind.isTextIgnoringCase("mx") {
      result = record(DNSRecord.Kind.mx)
      result.before = try number(words.popFirst(), 2)
      result.names = [try name(words.popFirst())]
    } else if kind.isTextIgnoringCase("srv") {
      result = record(DNSRecord.Kind.srv)
      for _ in 0..<3 { result.before += try number(words.popFirst(), 2) }
      result.names = [try name(words.popFirst())]
    } else if kind.isTextIgnoringCase("txt") {
      result = record(DNSRecord.Kind.txt)
      guard !words.isEmpty else { throw failure(.badRecord) }
      while let word = words.popFirst() { result.before += try string(word) }
      guard result.before.count <= 65_535 else { throw failure(.badText) }
    } else {
      guard let number = Self.kindOfName(kind) else { throw failure(.unknownType) }
      result = record(number)
      result.names = [try name(words.popFirst())]
    }
    guard words.isEmpty else { throw failure(.badRecord) }
    guard let ttl else { throw failure(.noTTL) }
    result.ttl = ttl
    return result
  }

  private static func kindOfName(_ word: ArraySlice<UInt8>) -> UInt16? {
    if word.isTextIgnoringCase("ns") { return DNSRecord.Kind.ns }
    if word.isTextIgnoringCase("cname") { return DNSRecord.Kind.cname }
    return word.isTextIgnoringCase("ptr") ? DNSRecord.Kind.ptr : nil
  }

  // MARK: Fields

  func failure(_ reason: ZoneFailure.Reason) -> ZoneFailure {
    // The place is behind the entry's end.
    ZoneFailure(
      line: place > 0 && place <= text.count && text[place - 1] == 10 ? line - 1 : line,
      reason: reason)
  }

  private func name(_ word: Word?) throws(ZoneFailure) -> DomainName {
    guard let word else { throw failure(.badRecord) }
    guard let name = DomainName(word.text, origin: origin) else { throw failure(.badName) }
    return name
  }

  private func number(_ word: Word?, _ count: Int) throws(ZoneFailure) -> [UInt8] {
    guard let value = word?.text.decimalValue, value < 1 << UInt64(8 * count) else {
      throw failure(.badNumber)
    }
    return (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
  }

  /// Seconds; or like `1h30m`.
  private func time(_ word: Word?) throws(ZoneFailure) -> UInt32 {
    guard let text = word?.text, !text.isEmpty else { throw failure(.badNumber) }
    if let value = text.decimalValue, value < 1 << 31 { return UInt32(value) }
    var sum: UInt64 = 0
    var rest = text
    while !rest.isEmpty {
      let digits = rest.prefix(while: ASCII.isDigit)
      rest = rest.dropFirst(digits.count)
      let units: [(UInt8, UInt64)] = [
        (0x73, 1), (0x6D, 60), (0x68, 3600), (0x64, 86_400), (0x77, 604_800),
      ]
      guard let value = digits.decimalValue, value < 1 << 31, let letter = rest.popFirst(),
        let unit = units.first(where: { $0.0 == ASCII.lowercased(letter) })
      else { throw failure(.badNumber) }
      sum += value * unit.1
      guard sum < 1 << 31 else { throw failure(.badNumber) }
    }
    return UInt32(sum)
  }

  private func address(_ text: ArraySlice<UInt8>) throws(ZoneFailure) -> [UInt8] {
    guard let bytes = AddressText.fourBytes(text) else { throw failure(.badAddress) }
    return bytes
  }

  /// A text with its length before it.
  private func string(_ word: Word) throws(ZoneFailure) -> [UInt8] {
    var result: [UInt8] = [0]
    var place = word.text.startIndex
    while place < word.text.endIndex {
      guard let byte = Self.unescaped(word.text, &place) else { throw failure(.badText) }
      result.append(byte)
    }
    guard result.count <= 256 else { throw failure(.badText) }
    result[0] = UInt8(result.count - 1)
    return result
  }

  private static func bytes(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }
}
