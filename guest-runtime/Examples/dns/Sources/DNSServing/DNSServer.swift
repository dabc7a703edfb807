// SPDX-License-Identifier: Apache-2.0

/// Answers queries from a zone, without any I/O.
public struct DNSServer {
  private let zone: Zone
  /// How many aliases are followed.
  private static let chainLimit = 8

  public init(_ zone: Zone) { self.zone = zone }

  /// The answer to a message; nil if it is no query.
  ///
  /// - Parameters:
  ///   - bytes: the message, without the length that is before it over TCP.
  ///   - isStream: whether it came over TCP, where there is room for 65,535 bytes.
  /// - Returns: The answer, in the same form.
  public func answer(_ bytes: [UInt8], isStream: Bool) -> [UInt8]? {
    guard let query = QueryMessage(bytes) else { return nil }
    var search = ZoneSearch(
      zone, AnswerMessage(to: query, limit: isStream ? 65_535 : query.size ?? 512))
    if let failure = query.failure {
      search.code = failure
      search.isAuthoritative = false
    } else {
      search.look(for: query.name, query.kind, limit: Self.chainLimit)
    }
    search.answer.finish(
      code: search.code, isAuthoritative: search.isAuthoritative, isCut: search.isCut)
    return search.answer.bytes
  }
}

/// The search for what a zone answers to a query.
private struct ZoneSearch {
  let zone: Zone
  var answer: AnswerMessage
  var code: UInt16 = 0
  var isAuthoritative = true
  var isCut = false
  private var aliases: [DomainName] = []

  init(_ zone: Zone, _ answer: AnswerMessage) { (self.zone, self.answer) = (zone, answer) }

  mutating func look(for name: DomainName, _ kind: UInt16, limit: Int) {
    let key = name.key
    guard key.isWithin(zone.origin) else {
      // The end of a chain may be elsewhere; the client asks there.
      if limit == 8 {
        code = QueryMessage.Code.refused
        isAuthoritative = false
      }
      return
    }
    switch zone.finding(key, kind) {
    case .noName:
      code = QueryMessage.Code.noName
      addSOA()
    case .delegation(let cut, let servers):
      if limit == 8 { isAuthoritative = false }
      for server in servers { add(server, of: cut, to: .authority) }
      // Without an address, a server below the cut could not be found.
      for server in servers {
        addAddresses(of: server.names[0], isNeeded: server.names[0].key.isWithin(cut))
      }
    case .records(let records):
      if let alias = records.first(where: { $0.kind == DNSRecord.Kind.cname }),
        kind != DNSRecord.Kind.cname, kind != DNSRecord.Kind.any
      {
        add(alias, of: name, to: .answer)
        aliases.append(key)
        // Aliases that lead round are told once.
        if limit > 1, !aliases.contains(alias.names[0].key) {
          look(for: alias.names[0], kind, limit: limit - 1)
        }
        return
      }
      let found = records.filter { $0.kind == kind || kind == DNSRecord.Kind.any }
      for record in found { add(record, of: name, to: .answer) }
      if found.isEmpty { addSOA() }
      for record in found
      where record.kind == DNSRecord.Kind.ns || record.kind == DNSRecord.Kind.mx
        || record.kind == DNSRecord.Kind.srv
      {
        addAddresses(of: record.names[0], isNeeded: false)
      }
    }
  }

  private mutating func add(
    _ record: DNSRecord, of owner: DomainName, to section: AnswerMessage.Section
  ) {
    if !answer.add(record, of: owner, to: section) { isCut = true }
  }

  /// How long nothing may be remembered. Source: RFC 2308, 3.
  private mutating func addSOA() {
    var soa = zone.soa
    let minimum = soa.after.suffix(4).reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
    soa.ttl = min(soa.ttl, minimum)
    add(soa, of: zone.origin, to: .authority)
  }

  private mutating func addAddresses(of name: DomainName, isNeeded: Bool) {
    for address in zone.addresses(of: name)
    where !answer.add(address, of: name, to: .additional) && isNeeded {
      isCut = true
    }
  }
}
