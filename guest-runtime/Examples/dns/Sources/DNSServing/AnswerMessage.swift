// SPDX-License-Identifier: Apache-2.0

/// An answer that is being put together. Source: RFC 1035, 4.1.
struct AnswerMessage {
  private(set) var bytes: [UInt8] = []
  private let limit: Int
  /// Where names are that can be pointed to.
  private var places: [(key: [UInt8], place: Int)] = []
  private var headEnd = 0
  private let query: QueryMessage

  /// An answer of at most `limit` bytes.
  init(to query: QueryMessage, limit: Int) {
    self.query = query
    // The record that is there if the client has sent one.
    self.limit = limit - (query.size == nil ? 0 : 11)
    bytes = [UInt8](repeating: 0, count: 12)
    set(query.identifier, at: 0)
    if !query.question.isEmpty {
      bytes[5] = 1
      notePlaces(of: query.name, at: 12)
      bytes += query.question
    }
    headEnd = bytes.count
  }

  /// The sections, by the places of their counts.
  enum Section: Int {
    case answer = 6
    case authority = 8
    case additional = 10
  }

  /// Adds a record; false, and nothing is added, if there is no room for it.
  mutating func add(_ record: DNSRecord, of owner: DomainName, to section: Section) -> Bool {
    let (start, known) = (bytes.count, places.count)
    add(owner)
    add(record.kind)
    add(1 as UInt16)
    add(UInt16(record.ttl >> 16))
    add(UInt16(truncatingIfNeeded: record.ttl))
    let length = bytes.count
    add(0 as UInt16)
    bytes += record.before
    for name in record.names {
      if record.kind == DNSRecord.Kind.srv { bytes += name.bytes } else { add(name) }
    }
    bytes += record.after
    guard bytes.count <= limit else {
      bytes.removeLast(bytes.count - start)
      places.removeLast(places.count - known)
      return false
    }
    set(UInt16(bytes.count - length - 2), at: length)
    let count = section.rawValue
    set((UInt16(bytes[count]) << 8 | UInt16(bytes[count + 1])) + 1, at: count)
    return true
  }

  /// Ends it.
  ///
  /// - Parameters:
  ///   - code: what kind of answer it is.
  ///   - isAuthoritative: whether it is of the zone itself.
  ///   - isCut: whether not all has room: then nothing but the question is sent, and the client asks over TCP.
  mutating func finish(code: UInt16, isAuthoritative: Bool, isCut: Bool) {
    if isCut {
      bytes.removeLast(bytes.count - headEnd)
      for place in 6..<12 { bytes[place] = 0 }
    }
    // Of the query's flags, the operation and what the client wants of recursion are sent back.
    var flags = 0x8000 | query.flags & 0x7900 | code & 15
    if isAuthoritative { flags |= 0x0400 }
    if isCut { flags |= 0x0200 }
    set(flags, at: 2)
    guard query.size != nil else { return }
    bytes += [0, 0, 41, 0x04, 0xD0, UInt8(code >> 4), 0, 0, 0, 0, 0]
    set((UInt16(bytes[10]) << 8 | UInt16(bytes[11])) + 1, at: 10)
  }

  // MARK: Names

  /// Adds a name: as much of it as was there before is a pointer. Source: RFC 1035, 4.1.4.
  private mutating func add(_ name: DomainName) {
    var rest = name
    while !rest.isRoot {
      let key = rest.key.bytes
      if let known = places.first(where: { $0.key == key }) {
        return add(0xC000 | UInt16(known.place))
      }
      if bytes.count < 0x4000 { places.append((key, bytes.count)) }
      bytes += rest.bytes.prefix(Int(rest.bytes[0]) + 1)
      rest = rest.parent
    }
    bytes.append(0)
  }

  private mutating func notePlaces(of name: DomainName, at start: Int) {
    var (rest, place) = (name, start)
    while !rest.isRoot {
      places.append((rest.key.bytes, place))
      place += Int(rest.bytes[0]) + 1
      rest = rest.parent
    }
  }

  private mutating func add(_ value: UInt16) {
    bytes.append(UInt8(value >> 8))
    bytes.append(UInt8(truncatingIfNeeded: value))
  }

  private mutating func set(_ value: UInt16, at place: Int) {
    bytes[place] = UInt8(value >> 8)
    bytes[place + 1] = UInt8(truncatingIfNeeded: value)
  }
}
