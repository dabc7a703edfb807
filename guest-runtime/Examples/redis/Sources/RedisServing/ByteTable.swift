// SPDX-License-Identifier: Apache-2.0

/// What is kept under a key.
enum Item {
  /// The place of a key that was removed.
  case nothing
  /// A member of a set, or a subscriber.
  case member
  case string([UInt8])
  case list(ByteList)
  case hash(ByteTable)
  case set(ByteTable)
}

/// Items by keys, in the order in which the keys came.
///
/// It serves for the keyspace, for hashes and for sets, so that its code is in the image once.
final class ByteTable {
  struct Entry {
    fileprivate(set) var key: [UInt8]
    var item: Item
    /// When it expires, in milliseconds since 1970; 0 for never.
    var expiry: UInt64 = 0
    /// The number of the key, in the order of their coming.
    let serial: UInt64
    fileprivate let hash: Int
  }

  /// All entries by their serials, with some places of removed ones between them.
  private(set) var entries: [Entry] = []
  private(set) var count = 0
  /// Places in `entries`, at the hash or behind it; `free`, or `removed` where a search has to go on. Empty as long
  /// as there are few entries, which are then looked through.
  private var slots: [Int32] = []
  private var nextSerial: UInt64 = 1

  private static let free: Int32 = -1
  private static let removed: Int32 = -2
  private static let few = 8
  /// Mixed into all hashes, so that nobody else can choose keys with the same.
  nonisolated(unsafe) static var seed: UInt64 = 0
  nonisolated(unsafe) private static var random: UInt64 = 0

  // MARK: Looking

  /// The place of a key's entry; nil if there is none.
  func find(_ key: [UInt8]) -> Int? { find(key, Self.hash(key)) }

  private func find(_ key: [UInt8], _ hash: Int) -> Int? {
    if slots.isEmpty {
      return entries.firstIndex { $0.hash == hash && $0.isThere && $0.key == key }
    }
    var slot = hash & (slots.count - 1)
    while slots[slot] != Self.free {
      let place = Int(slots[slot])
      if place >= 0, entries[place].hash == hash, entries[place].key == key { return place }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// The first entry with a serial not below a number; nil if there is none.
  func place(from serial: UInt64) -> Int? {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].serial < serial { low = middle + 1 } else { high = middle }
    }
    while low < entries.count, !entries[low].isThere { low += 1 }
    return low < entries.count ? low : nil
  }

  /// The place of some entry, at random; nil if there is none.
  func anyPlace() -> Int? {
    guard count > 0 else { return nil }
    Self.random = Self.random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    var place = Int(Self.random >> 33) % entries.count
    while !entries[place].isThere { place = (place + 1) % entries.count }
    return place
  }

  /// Calls a closure with each entry, in order.
  func forEach(_ body: (Entry) -> Void) {
    for entry in entries where entry.isThere { body(entry) }
  }

  // MARK: Memory

  /// How many bytes it needs at once, beside what it has, for some more entries: to grow, which is by copying.
  func growth(adding more: Int) -> Int {
    let room = slots.isEmpty ? Self.few : slots.count / 4 * 3
    if entries.count + more <= min(entries.capacity, room) { return 0 }
    return Self.size(of: 2 * (entries.count + more))
  }

  /// How many bytes some entries take, without their keys and items.
  static func size(of count: Int) -> Int {
    count * (MemoryLayout<Entry>.stride + 4 * MemoryLayout<Int32>.stride)
  }

  /// The same entries, which stay as they are when these are changed. They take no memory before that.
  func copy() -> ByteTable {
    let copy = ByteTable()
    (copy.entries, copy.count) = (entries, count)
    return copy
  }

  // MARK: Changing

  /// Puts an item under a key.
  ///
  /// - Returns: Whether the key is new.
  @discardableResult
  func set(_ key: [UInt8], _ item: Item) -> Bool {
    let hash = Self.hash(key)
    if let place = find(key, hash) {
      entries[place].item = item
      return false
    }
    makeRoom()
    if !slots.isEmpty { fill(hash, Int32(entries.count)) }
    entries.append(Entry(key: key, item: item, serial: nextSerial, hash: hash))
    nextSerial += 1
    count += 1
    return true
  }

  /// Takes an item out to change it, which makes no copy of it then; `putBack` has to follow.
  func take(_ place: Int) -> Item {
    let item = entries[place].item
    entries[place].item = .nothing
    return item
  }

  func putBack(_ item: Item, _ place: Int) { entries[place].item = item }

  func setExpiry(_ expiry: UInt64, _ place: Int) { entries[place].expiry = expiry }

  func remove(_ place: Int) {
    if !slots.isEmpty {
      var slot = entries[place].hash & (slots.count - 1)
      while slots[slot] != place { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Self.removed
    }
    entries[place].item = .nothing
    entries[place].key = []
    count -= 1
    if count == 0 { removeAll() }
  }

  func removeAll() {
    entries = []
    slots = []
    count = 0
  }

  /// Sees to it that one more entry can come: without the places of removed ones, when there is no more room.
  private func makeRoom() {
    guard entries.count >= (slots.isEmpty ? Self.few : slots.count / 4 * 3) else { return }
    if count < entries.count { entries.removeAll { !$0.isThere } }
    if entries.count < Self.few {
      slots = []
      return
    }
    var capacity = 16
    while capacity / 2 <= entries.count { capacity *= 2 }
    slots = [Int32](repeating: Self.free, count: capacity)
    for (place, entry) in entries.enumerated() { fill(entry.hash, Int32(place)) }
  }

  private func fill(_ hash: Int, _ place: Int32) {
    var slot = hash & (slots.count - 1)
    while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = place
  }

  private static func hash(_ key: [UInt8]) -> Int {
    var hasher = Hasher()
    hasher.combine(seed)
    key.withUnsafeBytes { hasher.combine(bytes: $0) }
    return hasher.finalize()
  }
}

extension ByteTable.Entry {
  var isThere: Bool {
    if case .nothing = item { return false }
    return true
  }
}

/// Values in a row, to which values are added and from which they are taken at both ends.
final class ByteList {
  /// A ring, whose size is a power of two.
  private var ring: [[UInt8]] = [[], [], [], []]
  private var first = 0
  private(set) var count = 0

  /// How many bytes it needs at once, beside what it has, for some more values.
  func growth(adding more: Int) -> Int {
    count + more <= ring.count ? 0 : 2 * (count + more) * MemoryLayout<[UInt8]>.stride
  }

  /// The same values, which stay as they are when these are changed. They take no memory before that.
  func copy() -> ByteList {
    let copy = ByteList()
    (copy.ring, copy.first, copy.count) = (ring, first, count)
    return copy
  }

  subscript(place: Int) -> [UInt8] { ring[(first + place) & (ring.count - 1)] }

  func append(_ value: [UInt8]) {
    makeRoom()
    ring[(first + count) & (ring.count - 1)] = value
    count += 1
  }

  func prepend(_ value: [UInt8]) {
    makeRoom()
    first = (first - 1) & (ring.count - 1)
    ring[first] = value
    count += 1
  }

  /// - Precondition: There is one.
  func removeFirst() -> [UInt8] {
    let value = ring[first]
    ring[first] = []
    first = (first + 1) & (ring.count - 1)
    count -= 1
    return value
  }

  /// - Precondition: There is one.
  func removeLast() -> [UInt8] {
    count -= 1
    let place = (first + count) & (ring.count - 1)
    let value = ring[place]
    ring[place] = []
    return value
  }

  private func makeRoom() {
    guard count == ring.count else { return }
    var larger = [[UInt8]](repeating: [], count: 2 * count)
    for place in 0..<count { larger[place] = self[place] }
    (ring, first) = (larger, 0)
  }
}
