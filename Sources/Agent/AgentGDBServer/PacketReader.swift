// SPDX-License-Identifier: Apache-2.0

/// Takes gdb's bytes apart. Source: the GDB manual, appendix E, "Remote Protocol: Overview".
struct PacketReader {
  /// What a debugger sends.
  enum Item: Equatable {
    /// The content of a packet whose sum is right.
    case packet([UInt8])
    /// A packet that arrived damaged.
    case damaged
    /// The wish to stop the guest, which is no packet.
    case interrupt
  }

  /// Bytes of a packet; what is longer is not gdb's.
  static let limit = 1 << 14

  private var bytes: [UInt8] = []
  private var isInside = false
  /// How many bytes of the sum have still to come behind the content.
  private var missing = 0

  /// Takes the next bytes, and says what is complete with them.
  mutating func take(_ input: [UInt8]) -> [Item] {
    var items: [Item] = []
    for byte in input {
      switch byte {
      case UInt8(ascii: "$"):
        (bytes, isInside, missing) = ([], true, 0)
      case 3 where !isInside: items.append(.interrupt)
      case UInt8(ascii: "#") where isInside && missing == 0:
        bytes.append(byte)
        missing = 2
      case _ where isInside:
        bytes.append(byte)
        if missing > 0 {
          missing -= 1
          if missing == 0 { items.append(finish()) }
        } else if bytes.count > Self.limit {
          isInside = false
          items.append(.damaged)
        }
      // Acknowledgements: what is lost on the way is asked for again by its receiver only.
      default: break
      }
    }
    return items
  }

  private mutating func finish() -> Item {
    isInside = false
    let content = Array(bytes.dropLast(3))
    let sum = UInt8(String(decoding: bytes.suffix(2), as: UTF8.self), radix: 16)
    return sum == Self.sum(of: content) ? .packet(content) : .damaged
  }

  /// The sum that a packet carries.
  static func sum(of content: [UInt8]) -> UInt8 { content.reduce(0, &+) }

  /// A packet with this content, which has none of the characters that need escaping.
  static func packet(_ content: String) -> [UInt8] {
    let bytes = Array(content.utf8)
    return [UInt8(ascii: "$")] + bytes + [UInt8(ascii: "#")] + Array(hex([sum(of: bytes)]).utf8)
  }
}

/// Bytes as pairs of hexadecimal digits.
func hex(_ bytes: some Sequence<UInt8>) -> String {
  var text = ""
  for byte in bytes {
    text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
  }
  return text
}

/// The bytes that pairs of hexadecimal digits stand for; nil if they do not.
func bytes(hex text: some StringProtocol) -> [UInt8]? {
  let digits = Array(text.utf8)
  guard digits.count % 2 == 0 else { return nil }
  var result: [UInt8] = []
  for place in stride(from: 0, to: digits.count, by: 2) {
    let pair = String(decoding: digits[place..<place + 2], as: UTF8.self)
    guard let byte = UInt8(pair, radix: 16) else { return nil }
    result.append(byte)
  }
  return result
}
