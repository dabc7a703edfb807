// SPDX-License-Identifier: Apache-2.0
import CXenLight
import Glibc

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

  private init(octets: [UInt8]) {
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

  /// Takes what Xen keeps for a domain (C name: `xen_domain_handle_t`).
  init(_ info: xc_domaininfo_t) {
    octets = withUnsafeBytes(of: info.handle) { Array($0) }
  }

  /// The identity as 32 hexadecimal digits.
  public var hexadecimal: String {
    octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// The identity in five groups, as libxenlight names the domain's node under `/vm`.
  var grouped: String {
    let digits = Array(hexadecimal)
    return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }
      .joined(separator: "-")
  }

  /// The identity as libxenlight takes it.
  var libxl: libxl_uuid {
    var uuid = libxl_uuid()
    withUnsafeMutableBytes(of: &uuid) { $0.copyBytes(from: octets) }
    return uuid
  }
}
