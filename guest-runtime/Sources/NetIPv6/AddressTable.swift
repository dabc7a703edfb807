// SPDX-License-Identifier: Apache-2.0

public import NetWire
public import XenFrontends

/// An address of this host, or one that is to become one.
public struct OwnAddress: Equatable, Sendable {
  public enum State: Equatable, Sendable {
    /// It is being found out whether another station has it: it is not used yet.
    case tentative
    case assigned
    /// Another station has it: it is not used.
    case duplicate
  }

  /// The address, and the bits that name its network.
  public let prefix: IPv6Prefix
  public internal(set) var state = State.tentative
  /// Until when it begins conversations; the end of time for ever.
  public internal(set) var preferredUntil: SystemTime
  /// Until when it is one.
  public internal(set) var validUntil: SystemTime
  /// Whether a router's prefix made it.
  public let isAdvertised: Bool
  /// Questions whether another station has it that were asked, and when to go on.
  fileprivate var questions = 0
  fileprivate var next: SystemTime

  public var address: IPv6Address { prefix.address }

  fileprivate init(
    _ prefix: IPv6Prefix, preferredUntil: SystemTime, validUntil: SystemTime, isAdvertised: Bool,
    now: SystemTime
  ) {
    self.prefix = prefix
    self.preferredUntil = preferredUntil
    self.validUntil = validUntil
    self.isAdvertised = isAdvertised
    next = now
  }
}

/// The addresses of this host: how each begins, and when it ends. Source: RFC 4862, sections 5.4 and 5.5.
///
/// Two questions are asked for a new address, half a second apart, for a backend may not be in its bridge yet when the
/// first one is sent; it is used a second after the first if nobody has answered.
struct AddressTable {
  /// Addresses at most.
  static var limit: Int { 8 }
  private static var pause: UInt64 { 500 }
  private static var questions: Int { 2 }
  /// Seconds below which nobody who is not known may bring what an address has left. Source: RFC 4862, section 5.5.3.
  private static var leastSeconds: UInt64 { 7200 }

  /// What is to be done for an address.
  enum Step: Equatable {
    /// The group in which others ask for it is joined, and all in it are asked.
    case ask(IPv6Address)
    case assigned(IPv6Address)
    /// It is no more.
    case lost(IPv6Address)
  }

  private(set) var all: [OwnAddress] = []

  /// Begins with an address that is for ever; nothing happens if it is there, or there are too many.
  mutating func add(_ prefix: IPv6Prefix, now: SystemTime) {
    let end = SystemTime(rawValue: .max)
    add(prefix, preferredUntil: end, validUntil: end, isAdvertised: false, now)
  }

  private mutating func add(
    _ prefix: IPv6Prefix, preferredUntil: SystemTime, validUntil: SystemTime, isAdvertised: Bool,
    _ now: SystemTime
  ) {
    guard all.count < Self.limit, place(of: prefix.address) == nil else { return }
    all.append(
      OwnAddress(
        prefix, preferredUntil: preferredUntil, validUntil: validUntil,
        isAdvertised: isAdvertised, now: now))
  }

  /// Makes an address of a router's prefix, or gives the one that there is other times. Source: RFC 4862, section
  /// 5.5.3.
  mutating func take(_ prefix: AdvertisedPrefix, _ identifier: UInt64, now: SystemTime) {
    guard prefix.isForAddresses, prefix.prefix.length == 64,
      prefix.preferredSeconds <= prefix.validSeconds
    else { return }
    let address = IPv6Address(high: prefix.prefix.address.high, low: identifier)
    guard address.isUsable, !address.isLinkLocal else { return }
    let preferred = now.advanced(bySeconds: prefix.preferredSeconds)
    guard let place = place(of: address) else {
      guard prefix.validSeconds > 0 else { return }
      return add(
        IPv6Prefix(address, length: 64), preferredUntil: preferred,
        validUntil: now.advanced(bySeconds: prefix.validSeconds), isAdvertised: true, now)
    }
    guard all[place].isAdvertised else { return }
    all[place].preferredUntil = preferred
    let said = now.advanced(bySeconds: prefix.validSeconds)
    let least = now.advanced(byMilliseconds: Self.leastSeconds * 1000)
    if said > least || said > all[place].validUntil {
      all[place].validUntil = said
    } else if all[place].validUntil > least {
      all[place].validUntil = least
    }
  }

  /// Hears that another station has an address that was to become ours.
  ///
  /// - Returns: whether it was.
  mutating func hearOfDuplicate(_ address: IPv6Address) -> Bool {
    guard let place = place(of: address), all[place].state == .tentative else { return false }
    all[place].state = .duplicate
    return true
  }

  /// Asks once more for those that another station had.
  mutating func tryAgain(now: SystemTime) {
    for place in all.indices where all[place].state != .assigned {
      all[place].state = .tentative
      all[place].questions = 0
      all[place].next = now
    }
  }

  /// Forgets them all.
  mutating func removeAll() { all = [] }

  /// When `advance` has something to do.
  var deadline: SystemTime? {
    var first = SystemTime(rawValue: .max)
    for own in all {
      first = min(first, own.validUntil)
      if own.state == .tentative { first = min(first, own.next) }
    }
    return first.rawValue < .max ? first : nil
  }

  /// Does what time has come for.
  mutating func advance(now: SystemTime) -> [Step] {
    var steps: [Step] = []
    var place = 0
    while place < all.count {
      let own = all[place]
      if now >= own.validUntil, own.validUntil.rawValue < .max {
        all.remove(at: place)
        if own.state == .assigned { steps.append(.lost(own.address)) }
        continue
      }
      if own.state == .tentative, now >= own.next {
        if own.questions == Self.questions {
          all[place].state = .assigned
          steps.append(.assigned(own.address))
        } else {
          all[place].questions += 1
          all[place].next = now.advanced(byMilliseconds: Self.pause)
          steps.append(.ask(own.address))
        }
      }
      place += 1
    }
    return steps
  }

  // MARK: Which one

  private func place(of address: IPv6Address) -> Int? {
    all.firstIndex { $0.address == address }
  }

  /// How far an address is; nil if it is not ours.
  func state(of address: IPv6Address) -> OwnAddress.State? {
    place(of: address).map { all[$0].state }
  }

  /// The address for packets to a host or a group; nil if there is none. Source: RFC 6724, section 5: of the rules,
  /// those for the scope, for what is no longer preferred, and for the longest prefix in common.
  func source(for peer: IPv6Address, now: SystemTime) -> IPv6Address? {
    let isNear = peer.isLinkLocal || peer.isLinkGroup
    var best: OwnAddress?
    for own in all where own.state == .assigned && own.address.isLinkLocal == isNear {
      guard let other = best else {
        best = own
        continue
      }
      let (isFresh, isOtherFresh) = (now < own.preferredUntil, now < other.preferredUntil)
      let isNearer =
        own.address.commonBits(with: peer) > other.address.commonBits(with: peer)
      if isFresh != isOtherFresh ? isFresh : isNearer { best = own }
    }
    return best?.address
  }
}

extension SystemTime {
  /// The moment so many seconds later; `UInt32.max` seconds later is the end of time.
  func advanced(bySeconds count: UInt32) -> SystemTime {
    count == .max
      ? SystemTime(rawValue: .max) : advanced(byMilliseconds: UInt64(count) * 1000)
  }
}
