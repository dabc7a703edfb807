// SPDX-License-Identifier: Apache-2.0

/// A message that asks something. Source: RFC 1035, 4.1, and RFC 6891.
struct QueryMessage {
  /// Numbers of answers' kinds. Source: RFC 1035, 4.1.1.
  enum Code {
    static let formatError: UInt16 = 1
    static let noName: UInt16 = 3
    static let notImplemented: UInt16 = 4
    static let refused: UInt16 = 5
    /// Of a version of EDNS that is not known. Source: RFC 6891, 9.
    static let badVersion: UInt16 = 16
  }

  let identifier: UInt16
  let flags: UInt16
  /// The question as it was sent.
  var question: [UInt8] = []
  var name = DomainName.root
  var kind: UInt16 = 0
  var type: UInt16 = 0
  /// How many bytes of an answer the client takes over UDP, if it says so.
  var size: Int?
  /// What the answer's code is to be, when there is nothing to be looked for.
  var failure: UInt16?

  /// Nil if the bytes are no query: then they are not answered at all.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 12, bytes[2] & 0x80 == 0 else { return nil }
    func word(_ place: Int) -> UInt16 { UInt16(bytes[place]) << 8 | UInt16(bytes[place + 1]) }
    (identifier, flags) = (word(0), word(2))
    guard flags >> 11 & 15 == 0 else {
      failure = Code.notImplemented
      return
    }
    failure = Code.formatError
    guard word(4) == 1, let end = Self.endOfLabels(bytes, 12), bytes.count >= end + 4 else {
      return
    }
    (name, kind, type) = (DomainName(wire: Array(bytes[12..<end])), word(end), word(end + 2))
    question = Array(bytes[12..<end + 4])
    var place = end + 4
    let skipped = Int(word(6)) + Int(word(8))
    for number in 0..<skipped + Int(word(10)) {
      // A name's end is enough: nothing looks where a pointer leads to, so there are no loops.
      guard let end = Self.endOfName(bytes, place), bytes.count >= end + 10 else { return }
      let next = end + 10 + Int(word(end + 8))
      guard next <= bytes.count else { return }
      if word(end) == DNSRecord.Kind.opt {
        guard number >= skipped, size == nil, end == place + 1 else { return }
        size = max(512, min(Int(word(end + 2)), 1232))
        if bytes[end + 5] != 0 { failure = Code.badVersion }
      }
      place = next
    }
    guard place == bytes.count else { return }
    if failure == Code.formatError { failure = nil }
    // IN, or any.
    if failure == nil, type != 1, type != 255 { failure = Code.refused }
  }

  /// Behind a name of labels only, as one in a question is; nil if it is not within the bytes, or too long.
  private static func endOfLabels(_ bytes: [UInt8], _ start: Int) -> Int? {
    var place = start
    while place < bytes.count, place - start < 255 {
      let length = Int(bytes[place])
      if length == 0 { return place + 1 }
      guard length < 64 else { return nil }
      place += length + 1
    }
    return nil
  }

  /// Behind a name that may end with a pointer.
  private static func endOfName(_ bytes: [UInt8], _ start: Int) -> Int? {
    var place = start
    while place < bytes.count, place - start < 255 {
      let length = Int(bytes[place])
      if length == 0 { return place + 1 }
      if length >= 0xC0 { return place + 2 }
      guard length < 64 else { return nil }
      place += length + 1
    }
    return nil
  }
}
