// SPDX-License-Identifier: Apache-2.0

public struct Domain: Equatable, Sendable {
  /// Its number, which Xen may give to another domain after this one.
  public var id: DomainID
  /// Its identity, which Xen will not.
  public var uuid: DomainUUID

  public init(id: DomainID, uuid: DomainUUID) {
    self.id = id
    self.uuid = uuid
  }
}

/// The number of a domain.
///
/// Its C name is `domid_t`; the libraries' functions take it as a `uint32_t`.
public struct DomainID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The number as Xen's libraries take it.
  public var rawValue: UInt32

  /// Takes a number that Xen gave.
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// The number in decimal.
  public var description: String { String(rawValue) }
}

/// The identity of one domain, which no later domain with the same number shares.
public struct DomainUUID: Hashable, Sendable {
  /// The octets in the order in which they are printed.
  public let octets: [UInt8]

  /// A random identity (version 4).
  public static func random() -> DomainUUID {
    var octets = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
    octets[6] = octets[6] & 0x0f | 0x40
    octets[8] = octets[8] & 0x3f | 0x80
    return DomainUUID(octets: octets)
  }

  /// Takes 16 octets in the order in which they are printed.
  package init(octets: [UInt8]) {
    self.octets = octets
  }

  /// Reads 32 hexadecimal digits.
  public init?(hexadecimal: String) {
    let digits = Array(hexadecimal.utf8)
    guard digits.count == 32 else { return nil }
    var octets: [UInt8] = []
    for index in stride(from: 0, to: 32, by: 2) {
      let pair = String(decoding: digits[index..<index + 2], as: UTF8.self)
      // The conversion would take a sign as well.
      guard digits[index] != UInt8(ascii: "+"), let octet = UInt8(pair, radix: 16) else {
        return nil
      }
      octets.append(octet)
    }
    self.octets = octets
  }

  /// The identity as 32 hexadecimal digits.
  public var hexadecimal: String {
    octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// The identity in five groups, as libxenlight names the domain's node under `/vm`.
  package var grouped: String {
    let digits = Array(hexadecimal)
    return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }
      .joined(separator: "-")
  }
}
