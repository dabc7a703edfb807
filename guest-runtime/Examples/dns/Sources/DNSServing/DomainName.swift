// SPDX-License-Identifier: Apache-2.0

import ByteText

/// A domain name as it is sent: labels with their lengths before them, and a zero at the end. Source: RFC 1035, 3.1.
struct DomainName: Equatable {
  /// At most 255.
  let bytes: [UInt8]

  static let root = DomainName(wire: [0])

  init(wire: [UInt8]) { bytes = wire }

  /// A name in text, relative to `origin` unless it ends with a dot; `@` is the origin. Nil if it is none.
  init?(_ text: ArraySlice<UInt8>, origin: DomainName) {
    if text.elementsEqual([0x40]) {
      self = origin
      return
    }
    if text.elementsEqual([0x2E]) {
      self = .root
      return
    }
    var result: [UInt8] = []
    var label: [UInt8] = []
    var isAbsolute = false
    var place = text.startIndex
    while place < text.endIndex {
      let byte = text[place]
      if byte == 0x2E {
        guard (1...63).contains(label.count) else { return nil }
        result.append(UInt8(label.count))
        result += label
        label = []
        place += 1
        isAbsolute = place == text.endIndex
      } else {
        guard let value = MasterFile.unescaped(text, &place) else { return nil }
        label.append(value)
      }
    }
    if isAbsolute {
      result.append(0)
    } else {
      guard (1...63).contains(label.count) else { return nil }
      result.append(UInt8(label.count))
      result += label + origin.bytes
    }
    guard result.count <= 255 else { return nil }
    bytes = result
  }

  /// With letters in lower case. Lengths are below any letter.
  var key: DomainName { DomainName(wire: bytes.map(ASCII.lowercased)) }

  var isRoot: Bool { bytes.count == 1 }

  /// The name without its first label; the root's is itself.
  var parent: DomainName {
    isRoot ? self : DomainName(wire: Array(bytes.dropFirst(Int(bytes[0]) + 1)))
  }

  /// Whether it is a name, or one below it, given both in lower case.
  func isWithin(_ other: DomainName) -> Bool {
    var rest = bytes[...]
    while rest.count > other.bytes.count { rest = rest.dropFirst(Int(rest[rest.startIndex]) + 1) }
    return rest.elementsEqual(other.bytes)
  }

  /// `*` below the name.
  var wildcard: DomainName { DomainName(wire: [1, 0x2A] + bytes) }
}

/// A record's data: names can be compressed, but for SRV.
struct DNSRecord: Equatable {
  enum Kind {
    static let a: UInt16 = 1
    static let ns: UInt16 = 2
    static let cname: UInt16 = 5
    static let soa: UInt16 = 6
    static let ptr: UInt16 = 12
    static let mx: UInt16 = 15
    static let txt: UInt16 = 16
    static let aaaa: UInt16 = 28
    static let srv: UInt16 = 33
    static let opt: UInt16 = 41
    static let ds: UInt16 = 43
    static let any: UInt16 = 255
  }

  let kind: UInt16
  var ttl: UInt32
  /// What is before the names, the names, and what is behind them.
  var before: [UInt8] = []
  var names: [DomainName] = []
  var after: [UInt8] = []
}
