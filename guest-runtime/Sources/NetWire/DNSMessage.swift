// SPDX-License-Identifier: Apache-2.0

import ByteText

/// The name of a host as DNS has it: labels, each after its length, in small letters. Source: RFC 1035, section
/// 3.1.
public struct DNSName: Hashable, Sendable {
  /// The labels, and the root's 0 at the end; at most 255 bytes.
  public let bytes: [UInt8]

  /// A name as text, like `www.example.org`, which may end with a dot; nil if it is none.
  public init?(_ text: [UInt8]) {
    var bytes: [UInt8] = []
    let labels = text.last == 0x2E ? text.dropLast() : text[...]
    for label in labels.split(separator: 0x2E, omittingEmptySubsequences: false) {
      guard (1...63).contains(label.count) else { return nil }
      bytes.append(UInt8(label.count))
      for byte in label {
        guard byte > 0x20, byte < 0x7F else { return nil }
        bytes.append(ASCII.lowercased(byte))
      }
    }
    bytes.append(0)
    guard bytes.count <= 255 else { return nil }
    self.bytes = bytes
  }

  /// The name at an offset of a message, which may go on at an earlier place; nil if it is cut, too long, or goes
  /// in circles. The offset becomes that of what follows.
  init?(_ message: RawSpan, at offset: inout Int) {
    var bytes: [UInt8] = []
    var place = offset
    var limit = offset
    var hasJumped = false
    while true {
      guard place < message.byteCount else { return nil }
      let count = Int(message.byte(place))
      switch count {
      case 0:
        if !hasJumped { offset = place + 1 }
        bytes.append(0)
        self.bytes = bytes
        return
      case 1...63:
        guard place + 1 + count <= message.byteCount, bytes.count + 1 + count <= 254 else {
          return nil
        }
        for step in 0...count {
          let byte = message.byte(place + step)
          bytes.append(step == 0 ? byte : ASCII.lowercased(byte))
        }
        place += 1 + count
      case 0xC0...:
        guard place + 2 <= message.byteCount else { return nil }
        if !hasJumped { offset = place + 2 }
        hasJumped = true
        place = Int(message.big16(place) & 0x3FFF)
        // Each jump goes further back than the last one, so they end.
        guard place < limit else { return nil }
        limit = place
      default: return nil
      }
    }
  }
}

/// Which addresses are asked for. Sources: RFC 1035, section 3.2.2, and RFC 3596, section 2.1.
public enum DNSRecordType: UInt16, Sendable {
  /// C name: `A`.
  case ipv4 = 1
  /// C name: `AAAA`.
  case ipv6 = 28

  /// The address in a record, whose size is right.
  fileprivate func address(_ message: RawSpan, _ offset: Int) -> IPAddress {
    self == .ipv4 ? .v4(message.ipv4Address(offset)) : .v6(message.ipv6Address(offset))
  }

  /// Bytes of an address.
  fileprivate var size: Int { self == .ipv4 ? 4 : 16 }
}

/// A question for the addresses of a host. Source: RFC 1035, section 4.
public enum DNSQuery {
  /// The bytes of the question for addresses of a kind, to a server that asks others.
  public static func bytes(
    _ identifier: UInt16, _ name: DNSName, _ type: DNSRecordType = .ipv4
  ) -> [UInt8] {
    var packet = PacketWriter()
    packet.appendBig16(identifier)
    packet.appendBig16(0x0100)
    for count: UInt16 in [1, 0, 0, 0] { packet.appendBig16(count) }
    packet.append(name.bytes)
    packet.appendBig16(type.rawValue)
    packet.appendBig16(1)
    return packet.bytes
  }
}

/// What a server says of a name.
public enum DNSAnswer: Equatable, Sendable {
  /// It has these addresses, at most eight, for this many seconds.
  case addresses([IPAddress], seconds: UInt32)
  case noSuchName
  /// There is such a name, but no address of the kind that was asked for.
  case noAddress
  /// The server does not serve us, or cannot; with the code of RFC 1035.
  case failed(UInt8)

  private static var aliasType: UInt16 { 5 }

  /// The answer to a question in a datagram; nil if it is cut or broken, or answers another question.
  public init?(
    _ message: RawSpan, to identifier: UInt16, _ name: DNSName, _ type: DNSRecordType = .ipv4
  ) {
    guard message.byteCount >= 12, message.big16(0) == identifier, message.byte(2) & 0xF8 == 0x80,
      message.big16(4) == 1
    else { return nil }
    var offset = 12
    guard let asked = DNSName(message, at: &offset), asked == name,
      offset + 4 <= message.byteCount, message.big16(offset) == type.rawValue,
      message.big16(offset + 2) == 1
    else { return nil }
    offset += 4
    switch message.byte(3) & 15 {
    case 0: break
    case 3:
      self = .noSuchName
      return
    case let code:
      self = .failed(code)
      return
    }
    // An answer that did not fit in the datagram is cut between records: what there is counts.
    guard let found = Self.follow(name, type, message, Int(message.big16(6)), from: offset)
    else { return nil }
    self = found.0.isEmpty ? .noAddress : .addresses(found.0, seconds: found.1)
  }

  /// The addresses of a name or of what it is an alias of; nil if a record is broken.
  private static func follow(
    _ name: DNSName, _ wanted: DNSRecordType, _ message: RawSpan, _ count: Int, from start: Int
  ) -> ([IPAddress], UInt32)? {
    var name = name
    var addresses: [IPAddress] = []
    var seconds = UInt32.max
    var offset = start
    for _ in 0..<count {
      guard let owner = DNSName(message, at: &offset), offset + 10 <= message.byteCount else {
        return nil
      }
      let type = message.big16(offset)
      let isInternet = message.big16(offset + 2) == 1
      let life = message.big32(offset + 4)
      let size = Int(message.big16(offset + 8))
      offset += 10
      guard offset + size <= message.byteCount else { return nil }
      if isInternet, owner == name, type == wanted.rawValue {
        guard size == wanted.size else { return nil }
        if addresses.count < 8 { addresses.append(wanted.address(message, offset)) }
        seconds = min(seconds, life)
      } else if isInternet, owner == name, type == aliasType, addresses.isEmpty {
        var place = offset
        guard let other = DNSName(message, at: &place), place == offset + size else { return nil }
        name = other
        seconds = min(seconds, life)
      }
      offset += size
    }
    return (addresses, seconds)
  }
}
