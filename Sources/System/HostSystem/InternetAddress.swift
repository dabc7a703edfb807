// SPDX-License-Identifier: Apache-2.0

/// An IPv4 address. C name: `in_addr`.
public struct InternetAddress: RawRepresentable, Hashable, Sendable {
  /// The address as a number, most significant byte first.
  public var rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Reads four decimal numbers with dots between them; nil if it is not of that form. A zero in front of a number
  /// is refused: some take it for octal.
  public init?(_ text: some StringProtocol) {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    var value: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0"),
        part.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
      else { return nil }
      let number = part.reduce(0) { $0 * 10 + UInt32($1 - UInt8(ascii: "0")) }
      guard number < 256 else { return nil }
      value = value << 8 | number
    }
    guard parts.count == 4 else { return nil }
    rawValue = value
  }

  /// Stands for all addresses of a machine where a program listens. C name: `INADDR_ANY`.
  public static var any: Self { Self(rawValue: 0) }
  /// C name: `INADDR_LOOPBACK`.
  public static var loopback: Self { Self(rawValue: 0x7f00_0001) }

  /// Whether it is in the network that no machine shares with another. Source: RFC 1122, 3.2.1.3.
  public var isLoopback: Bool { rawValue >> 24 == 127 }

  /// Whether no single machine has it: it stands for none, for many, or is reserved. Source: RFC 6890.
  public var isOfNoMachine: Bool { rawValue >> 24 == 0 || rawValue >> 24 >= 224 }
}

extension InternetAddress: CustomStringConvertible {
  public var description: String {
    [24, 16, 8, 0].map { String(rawValue >> $0 & 0xff) }.joined(separator: ".")
  }
}
