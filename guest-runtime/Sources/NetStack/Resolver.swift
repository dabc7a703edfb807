// SPDX-License-Identifier: Apache-2.0

public import NetWire
import XenFrontends

/// A question for the addresses of a name, and its answer.
public final class NameLookup {
  public enum Outcome: Equatable, Sendable {
    /// Of the kind that was asked for.
    case addresses([IPAddress])
    case noSuchName
    case noAddress
    /// The servers do not serve us.
    case refused
    /// No server answered.
    case timedOut
    /// No server is known, or too many questions are under way.
    case notAsked
  }

  let name: DNSName
  let type: DNSRecordType
  /// nil until it has ended.
  public internal(set) var outcome: Outcome?
  fileprivate var identifier: UInt16 = 0
  fileprivate var tries = 0
  fileprivate var deadline: SystemTime
  fileprivate var port: DatagramPort?
  fileprivate var server = IPAddress.v4(.unspecified)

  /// The server that is asked.
  var receiver: NetEndpoint { NetEndpoint(server, port: 53) }

  init(_ name: DNSName, _ type: DNSRecordType, now: SystemTime) {
    self.name = name
    self.type = type
    deadline = now
  }

  /// The question as a datagram, whose answer comes to a port.
  func question(_ identifier: UInt16, from port: DatagramPort) -> [UInt8] {
    self.identifier = identifier
    self.port = port
    return DNSQuery.bytes(identifier, name, type)
  }
}

/// Asks name servers. Each question has a port and an identifier that nobody guesses. Source: RFC 1035, section
/// 7, and RFC 5452.
struct Resolver {
  /// Questions under way at a time.
  static var limit: Int { 16 }
  /// Names that are remembered.
  static var cacheLimit: Int { 32 }
  /// How often all servers are asked.
  private static var rounds: Int { 3 }

  private struct Remembered {
    let name: DNSName
    let type: DNSRecordType
    let addresses: [IPAddress]
    let end: SystemTime
  }

  private var lookups: [NameLookup] = []
  private var cache: [Remembered] = []

  /// When to ask again.
  var deadline: SystemTime? { lookups.map { $0.deadline }.min() }

  /// Begins a question, or ends it at once.
  mutating func begin(_ lookup: NameLookup, now: SystemTime) {
    cache.removeAll { now >= $0.end }
    if let known = cache.first(where: { $0.type == lookup.type && $0.name == lookup.name }) {
      lookup.outcome = .addresses(known.addresses)
    } else if lookups.count == Self.limit {
      lookup.outcome = .notAsked
    } else {
      lookups.append(lookup)
    }
  }

  /// Gives a question up.
  mutating func abandon(_ lookup: NameLookup) {
    lookup.port?.close()
    lookups.removeAll { $0 === lookup }
  }

  /// Gives all questions up: they have no answer.
  mutating func abandonAll() {
    for lookup in lookups {
      lookup.port?.close()
      lookup.outcome = .notAsked
    }
    lookups = []
  }

  /// Takes what came, and returns what is to be asked now, of the servers in turns.
  mutating func advance(now: SystemTime, _ servers: [IPAddress]) -> [NameLookup] {
    var due: [NameLookup] = []
    for lookup in lookups {
      takeAnswers(to: lookup, now)
      guard lookup.outcome == nil, now >= lookup.deadline else { continue }
      lookup.port?.close()
      lookup.port = nil
      if servers.isEmpty {
        lookup.outcome = .notAsked
      } else if lookup.tries >= Self.rounds * servers.count {
        lookup.outcome = .timedOut
      } else {
        lookup.server = servers[lookup.tries % servers.count]
        lookup.deadline = now.advanced(byMilliseconds: 1000 << UInt64(lookup.tries / servers.count))
        lookup.tries += 1
        due.append(lookup)
      }
    }
    lookups.removeAll { $0.outcome != nil }
    return due
  }

  private mutating func takeAnswers(to lookup: NameLookup, _ now: SystemTime) {
    // Nobody is there: the next one is asked at once.
    if lookup.port?.takeRefusal() == lookup.receiver { lookup.deadline = now }
    while let datagram = lookup.port?.take() {
      guard datagram.sender == lookup.receiver,
        // SAFETY: bytes have no padding.
        let answer = unsafe DNSAnswer(
          datagram.bytes.span.bytes, to: lookup.identifier, lookup.name, lookup.type)
      else { continue }
      switch answer {
      case .addresses(let addresses, let seconds):
        lookup.outcome = .addresses(addresses)
        remember(lookup, addresses, seconds, now)
      case .noSuchName: lookup.outcome = .noSuchName
      case .noAddress: lookup.outcome = .noAddress
      case .failed:
        // Another server may know more.
        lookup.deadline = now
        if lookup.tries > 2 { lookup.outcome = .refused }
      }
      lookup.port?.close()
      lookup.port = nil
    }
  }

  private mutating func remember(
    _ lookup: NameLookup, _ addresses: [IPAddress], _ seconds: UInt32, _ now: SystemTime
  ) {
    guard seconds > 0 else { return }
    cache.removeAll { $0.type == lookup.type && $0.name == lookup.name }
    if cache.count == Self.cacheLimit { cache.removeFirst() }
    let life = UInt64(min(seconds, 3600)) * 1000
    cache.append(
      Remembered(
        name: lookup.name, type: lookup.type, addresses: addresses,
        end: now.advanced(byMilliseconds: life)))
  }
}
