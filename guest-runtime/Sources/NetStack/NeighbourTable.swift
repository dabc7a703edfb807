// SPDX-License-Identifier: Apache-2.0

package import NetWire
package import XenFrontends

/// Which stations of the link have which addresses, and the packets that wait until that is known. Sources: RFC 826
/// and RFC 1122, section 2.3.2; for IPv6, RFC 4861, section 7.3, of which it has what the former have.
///
/// A station is asked again when nothing has confirmed it for a minute. What nobody asked for changes nothing that
/// is known and fresh.
package struct NeighbourTable<Address: Equatable> {
  /// Stations at most; the one that was not used for the longest time makes room.
  package static var limit: Int { 64 }
  /// Packets that wait for one station.
  private static var waitingLimit: Int { 4 }
  /// Bytes that wait for all of them.
  private static var byteLimit: Int { 128 << 10 }
  private static var freshness: UInt64 { 60_000 }
  private static var pause: UInt64 { 1000 }
  private static var tries: Int { 3 }

  private struct Neighbour {
    let address: Address
    var hardware: EthernetAddress?
    /// Until when nobody needs to be asked.
    var freshUntil: SystemTime
    /// When the last question was asked, if none has been answered since.
    var asked: SystemTime?
    var questions = 0
    var used: SystemTime
    var waiting: [[OutgoingFrame]] = []
  }

  /// A question that is due.
  package struct Question: Equatable {
    package let address: Address
    /// Whom to ask, if it is known who it was.
    package let hardware: EthernetAddress?
  }

  private var neighbours: [Neighbour] = []
  private var questions: [Question] = []
  /// Packets that were thrown away because nobody answered, or too much waited.
  package private(set) var drops = 0
  private var held = 0

  package init() {}

  /// How many stations there are.
  package var count: Int { neighbours.count }

  /// The station that has an address; nil if that is not known yet. It is asked for then.
  package mutating func station(of address: Address, now: SystemTime) -> EthernetAddress? {
    guard let place = place(of: address) else {
      add(Neighbour(address: address, freshUntil: now, used: now))
      ask(neighbours.count - 1, now)
      return nil
    }
    neighbours[place].used = now
    let neighbour = neighbours[place]
    if neighbour.asked == nil, now >= neighbour.freshUntil { ask(place, now) }
    return neighbour.hardware
  }

  /// Keeps the frames of a packet until the station is known whose place in them is empty; the oldest one makes room.
  package mutating func keep(_ packet: [OutgoingFrame], for address: Address) {
    let count = Self.bytes(packet)
    guard let place = place(of: address), count <= Self.byteLimit else { return drops += 1 }
    if neighbours[place].waiting.count == Self.waitingLimit { dropFirst(of: place) }
    while held + count > Self.byteLimit, let full = oldestWaiting { dropFirst(of: full) }
    neighbours[place].waiting.append(packet)
    held += count
  }

  /// Whose waiting packet goes when there are too many bytes: the one that was used the longest time ago.
  private var oldestWaiting: Int? {
    neighbours.indices.filter { !neighbours[$0].waiting.isEmpty }
      .min { neighbours[$0].used < neighbours[$1].used }
  }

  private mutating func dropFirst(of place: Int) {
    held -= Self.bytes(neighbours[place].waiting.removeFirst())
    drops += 1
  }

  private static func bytes(_ packet: [OutgoingFrame]) -> Int {
    packet.reduce(0) { $0 + $1.count }
  }

  /// Takes what waits for a station.
  private mutating func takeWaiting(of place: Int) -> [[OutgoingFrame]] {
    let waiting = neighbours[place].waiting
    neighbours[place].waiting = []
    held -= waiting.reduce(0) { $0 + Self.bytes($1) }
    return waiting
  }

  /// Hears who has an address, and returns the packets that waited for it. A station that nobody asked for is added
  /// only if `mayAdd`: it talks to us.
  package mutating func hear(
    _ hardware: EthernetAddress, has address: Address, mayAdd: Bool, now: SystemTime
  ) -> [[OutgoingFrame]] {
    let freshUntil = now.advanced(byMilliseconds: Self.freshness)
    guard let place = place(of: address) else {
      if mayAdd {
        add(Neighbour(address: address, hardware: hardware, freshUntil: freshUntil, used: now))
      }
      return []
    }
    let neighbour = neighbours[place]
    guard neighbour.asked != nil || now >= neighbour.freshUntil || neighbour.hardware == hardware
    else { return [] }
    neighbours[place].hardware = hardware
    neighbours[place].freshUntil = freshUntil
    neighbours[place].asked = nil
    neighbours[place].questions = 0
    return takeWaiting(of: place)
  }

  /// Asks for a station that is known, unless it is being asked already.
  package mutating func doubt(_ address: Address, _ now: SystemTime) {
    if let place = place(of: address), neighbours[place].asked == nil { ask(place, now) }
  }

  /// Takes the next question that is to be asked.
  package mutating func takeQuestion() -> Question? {
    questions.isEmpty ? nil : questions.removeFirst()
  }

  /// When `advance` has something to do.
  package var deadline: SystemTime? {
    var first: SystemTime?
    for neighbour in neighbours {
      guard let asked = neighbour.asked else { continue }
      let due = asked.advanced(byMilliseconds: Self.pause)
      if first.map({ due < $0 }) ?? true { first = due }
    }
    return first
  }

  /// Asks again what was not answered.
  ///
  /// - Returns: The addresses of those that are given up: they do not answer.
  package mutating func advance(now: SystemTime) -> [Address] {
    var silent: [Address] = []
    var place = 0
    while place < neighbours.count {
      let neighbour = neighbours[place]
      if let asked = neighbour.asked, now >= asked.advanced(byMilliseconds: Self.pause) {
        if neighbour.questions == Self.tries {
          drops += takeWaiting(of: place).count
          silent.append(neighbour.address)
          neighbours.remove(at: place)
          continue
        }
        ask(place, now)
      }
      place += 1
    }
    return silent
  }

  private func place(of address: Address) -> Int? {
    neighbours.firstIndex { $0.address == address }
  }

  private mutating func ask(_ place: Int, _ now: SystemTime) {
    neighbours[place].asked = now
    neighbours[place].questions += 1
    guard questions.count < Self.limit else { return }
    // The last question goes to all: the address may have moved.
    let isLast = neighbours[place].questions == Self.tries
    questions.append(
      Question(
        address: neighbours[place].address, hardware: isLast ? nil : neighbours[place].hardware))
  }

  private mutating func add(_ neighbour: Neighbour) {
    if neighbours.count == Self.limit,
      let oldest = neighbours.indices.min(by: { neighbours[$0].used < neighbours[$1].used })
    {
      drops += takeWaiting(of: oldest).count
      neighbours.remove(at: oldest)
    }
    neighbours.append(neighbour)
  }
}
