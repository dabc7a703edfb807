// SPDX-License-Identifier: Apache-2.0

public import NetWire
import XenFrontends

/// Gets an address from a DHCP server, and keeps it as long as it may. Source: RFC 2131, section 4.4.
struct DHCPClient {
  static var serverPort: UInt16 { 67 }
  static var clientPort: UInt16 { 68 }

  private enum Phase {
    /// Servers are asked for offers.
    case selecting
    /// An offer is asked for.
    case requesting(DHCPReply)
    case bound(Lease)
  }

  private struct Lease {
    let reply: DHCPReply
    let renewal: SystemTime
    let rebinding: SystemTime
    let end: SystemTime
  }

  /// What to send, and to whom.
  struct Message {
    let request: DHCPRequest
    let destination: IPv4Address
  }

  /// What a reply, or the end of a lease, changes.
  enum Change: Equatable {
    case configured(IPv4Configuration)
    case lost
  }

  private let hardware: EthernetAddress
  private var phase = Phase.selecting
  private var transaction: UInt32
  private let start: SystemTime
  /// When to ask next.
  private(set) var deadline: SystemTime
  private var tries = 0

  init(_ hardware: EthernetAddress, transaction: UInt32, now: SystemTime) {
    self.hardware = hardware
    self.transaction = transaction
    start = now
    deadline = now
  }

  /// Takes a datagram from a server.
  ///
  /// - Returns: What it changes; nil if nothing.
  mutating func receive(_ reply: DHCPReply, now: SystemTime) -> Change? {
    guard reply.transaction == transaction, reply.hardware == hardware else { return nil }
    switch (phase, reply.type) {
    case (.selecting, .offer):
      guard reply.address.isUsable, reply.server != nil else { return nil }
      phase = .requesting(reply)
      restart(now)
      return nil
    case (.requesting(let offer), .acknowledge):
      guard reply.server == offer.server, reply.address == offer.address else { return nil }
      return bind(reply, now)
    case (.requesting(let offer), .refuse):
      guard reply.server == offer.server else { return nil }
      phase = .selecting
      restart(now, afterMilliseconds: 1000)
      return nil
    case (.bound(let lease), .acknowledge):
      guard tries > 0, reply.address == lease.reply.address else { return nil }
      return bind(reply, now)
    case (.bound, .refuse):
      guard tries > 0 else { return nil }
      return lose(now)
    default: return nil
    }
  }

  private mutating func bind(_ reply: DHCPReply, _ now: SystemTime) -> Change {
    let seconds = UInt64(max(reply.lease ?? 3600, 10))
    let isEndless = reply.lease == .max
    func moment(_ seconds: UInt64) -> SystemTime {
      isEndless ? SystemTime(rawValue: .max) : now.advanced(byMilliseconds: seconds * 1000)
    }
    let rebinding = min(UInt64(reply.rebinding ?? .max), seconds * 7 / 8)
    let renewal = min(UInt64(reply.renewal ?? .max), seconds / 2, rebinding)
    phase = .bound(
      Lease(
        reply: reply, renewal: moment(renewal), rebinding: moment(rebinding), end: moment(seconds)))
    tries = 0
    deadline = moment(renewal)
    let mask = reply.mask ?? IPv4Address(255, 255, 255, 0)
    return .configured(
      IPv4Configuration(
        IPv4Prefix(reply.address, mask: mask) ?? IPv4Prefix(reply.address, length: 24),
        gateway: reply.router, nameServers: reply.nameServers, mtu: reply.mtu.map { Int($0) }))
  }

  private mutating func lose(_ now: SystemTime) -> Change {
    phase = .selecting
    restart(now)
    return .lost
  }

  private mutating func restart(_ now: SystemTime, afterMilliseconds pause: UInt64 = 0) {
    tries = 0
    deadline = now.advanced(byMilliseconds: pause)
  }

  /// The address turned out to be another station's: the server is told, and another one is asked for.
  mutating func decline(now: SystemTime) -> Message? {
    guard case .bound(let lease) = phase else { return nil }
    var request = DHCPRequest(.decline, transaction: transaction, hardware: hardware)
    request.requested = lease.reply.address
    request.server = lease.reply.server
    phase = .selecting
    restart(now, afterMilliseconds: 10_000)
    return Message(request: request, destination: .broadcast)
  }

  /// Goes on when `deadline` has come. The numbers make a transaction, and a pause that others do not have at the
  /// same time.
  mutating func advance(
    now: SystemTime, _ numbers: inout SecretNumbers
  ) -> (message: Message?, change: Change?) {
    guard now >= deadline else { return (nil, nil) }
    switch phase {
    case .selecting:
      if tries == 0 { transaction = numbers.next(below: .max) }
      pause(now, &numbers)
      return (broadcast(.discover, now), nil)
    case .requesting(let offer):
      if tries == 4 {
        phase = .selecting
        restart(now)
        return (nil, nil)
      }
      pause(now, &numbers)
      var message = broadcast(.request, now)
      message = Message(
        request: message.request.asking(for: offer.address, of: offer.server),
        destination: .broadcast)
      return (message, nil)
    case .bound(let lease):
      guard now < lease.end else { return (nil, lose(now)) }
      if tries == 0 { transaction = numbers.next(below: .max) }
      tries += 1
      // Half of what is left, but not too often: RFC 2131, section 4.4.5.
      let next = now < lease.rebinding ? lease.rebinding : lease.end
      let left = (next.rawValue - now.rawValue) / 1_000_000
      deadline = min(next, now.advanced(byMilliseconds: max(left / 2, 5000)))
      var request = DHCPRequest(.request, transaction: transaction, hardware: hardware)
      request.current = lease.reply.address
      let server = now < lease.rebinding ? lease.reply.server : nil
      return (Message(request: request, destination: server ?? .broadcast), nil)
    }
  }

  private func broadcast(_ type: DHCPMessageType, _ now: SystemTime) -> Message {
    var request = DHCPRequest(type, transaction: transaction, hardware: hardware)
    let seconds = (now.rawValue - start.rawValue) / 1_000_000_000
    request.seconds = UInt16(min(seconds, UInt64(UInt16.max)))
    return Message(request: request, destination: .broadcast)
  }

  /// Waits twice as long each time, and not for exactly as long as others: RFC 2131, section 4.1, from which the
  /// first pauses differ, for a guest has no user who would wait four seconds.
  private mutating func pause(_ now: SystemTime, _ numbers: inout SecretNumbers) {
    let pause = UInt64(500) << UInt64(min(tries, 7))
    tries += 1
    deadline = now.advanced(
      byMilliseconds: pause - pause / 8 + UInt64(numbers.next(below: UInt32(pause / 4))))
  }
}

extension DHCPRequest {
  fileprivate func asking(for address: IPv4Address, of server: IPv4Address?) -> DHCPRequest {
    var request = self
    request.requested = address
    request.server = server
    return request
  }
}

/// What a host is to know of its network. Source: RFC 1122, section 3.3.
public struct IPv4Configuration: Equatable, Sendable {
  /// The host's own address, and its network.
  public var prefix: IPv4Prefix
  /// Who delivers to other networks; nil if nobody does.
  public var gateway: IPv4Address?
  /// Whom to ask for the addresses of names.
  public var nameServers: [IPv4Address]
  /// Bytes of a packet at most, if the network says so.
  public var mtu: Int?

  public init(
    _ prefix: IPv4Prefix, gateway: IPv4Address? = nil, nameServers: [IPv4Address] = [],
    mtu: Int? = nil
  ) {
    self.prefix = prefix
    self.gateway = gateway
    self.nameServers = nameServers
    self.mtu = mtu
  }
}
