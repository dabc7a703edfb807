// SPDX-License-Identifier: Apache-2.0

/// Why a text is no zone, and in which line.
public struct ZoneFailure: Error, Equatable, Sendable {
  public let line: Int
  public let reason: Reason

  public enum Reason: Equatable, Sendable {
    case badName, badNumber, badAddress, badText, badRecord, unknownDirective, unknownType, noOwner,
      noTTL
    case openParenthesis, outsideZone, noSOA, aliasWithOthers
  }

  /// What there is, to go on after "line 3: ".
  public var text: StaticString {
    switch reason {
    case .badName: "this is no domain name"
    case .badNumber: "a number is missing or too large"
    case .badAddress: "this is no address"
    case .badText: "a text is longer than 255 bytes, or has no end"
    case .badRecord: "a record has too few or too many fields"
    case .unknownDirective: "only $ORIGIN and $TTL are known"
    case .unknownType: "only SOA, NS, A, AAAA, MX, TXT, CNAME, PTR and SRV are known"
    case .noOwner: "the first record has no name"
    case .noTTL: "a record has no TTL, and there is no $TTL before it"
    case .openParenthesis: "a parenthesis has no counterpart"
    case .outsideZone: "a name is not in the zone of the SOA record"
    case .noSOA: "the first record of a zone has to be its only SOA"
    case .aliasWithOthers: "a name with a CNAME has other records"
    }
  }
}
