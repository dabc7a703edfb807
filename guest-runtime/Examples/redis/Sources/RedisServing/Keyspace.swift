// SPDX-License-Identifier: Apache-2.0

import ByteText

/// All keys, and the commands that make the same of nothing.
final class Keyspace {
  let table = ByteTable()
  /// Whether changes are written down, as commands.
  var isLogging = false
  private(set) var log = CommandLog()
  private(set) var changeCount: UInt64 = 0
  private(set) var expiredCount: UInt64 = 0
  /// Where the sweep goes on.
  private var swept = 0

  // MARK: Keys

  /// The place of a key that has not expired; nil if there is none. One that has expired is removed.
  func find(_ key: [UInt8], now: UInt64) -> Int? {
    guard let place = table.find(key) else { return nil }
    guard table.entries[place].hasExpired(now) else { return place }
    expire(place)
    return nil
  }

  func item(_ key: [UInt8], now: UInt64) -> Item? {
    find(key, now: now).map { table.entries[$0].item }
  }

  /// Puts an item under a key, which does not expire then.
  func set(_ key: [UInt8], _ item: Item) {
    table.set(key, item)
    if let place = table.find(key) { table.setExpiry(0, place) }
  }

  /// Removes a key whose list, hash or set has nothing in it any more.
  func removeIfEmpty(_ place: Int) {
    switch table.entries[place].item {
    case .list(let list): if list.count == 0 { table.remove(place) }
    case .hash(let table), .set(let table): if table.count == 0 { self.table.remove(place) }
    case .nothing, .member, .string: break
    }
  }

  // MARK: Expiry

  /// Looks at some keys, and removes those that have expired. Called now and then, it gets to all of them, whether
  /// anybody asks for them or not.
  ///
  /// - Returns: Whether any of them expires some time.
  func sweep(now: UInt64, atMost count: Int) -> Bool {
    var expires = false
    for _ in 0..<min(count, table.entries.count) {
      if swept >= table.entries.count { swept = 0 }
      guard swept < table.entries.count else { break }
      let entry = table.entries[swept]
      if entry.isThere, entry.expiry > 0 { expires = true }
      if entry.isThere, entry.hasExpired(now) { expire(swept) }
      swept += 1
    }
    return expires
  }

  private func expire(_ place: Int) {
    write([[UInt8](text: "DEL"), table.entries[place].key])
    table.remove(place)
    expiredCount += 1
  }

  // MARK: The log

  /// Writes a command down.
  func write(_ arguments: [[UInt8]]) {
    changeCount += 1
    if isLogging { log.add(arguments) }
  }

  /// What was written down since the last call, in pieces.
  func takeLog() -> [[UInt8]] {
    defer { log = CommandLog() }
    return log.pieces
  }

  // MARK: Memory

  /// How many bytes are needed at once for tables or lists that have to grow, when a key comes and values for it.
  func growth(addingTo key: [UInt8], _ count: Int) -> Int {
    let bytes = table.growth(adding: 1)
    guard let place = table.find(key) else { return bytes + ByteTable.size(of: 2 * count) }
    switch table.entries[place].item {
    case .list(let list): return bytes + list.growth(adding: count)
    case .hash(let table), .set(let table): return bytes + table.growth(adding: count)
    case .nothing, .member, .string: return bytes
    }
  }
}

extension Keyspace {
  /// How many bytes are needed at once for a string that becomes longer.
  func growth(appending count: Int, to key: [UInt8]) -> Int {
    table.growth(adding: 1) + 2
      * (count + (table.find(key).map { table.entries[$0].text.count } ?? 0))
  }
}

extension ByteTable.Entry {
  func hasExpired(_ now: UInt64) -> Bool { expiry > 0 && expiry <= now }

  /// The value; empty if it is not a string.
  var text: [UInt8] {
    if case .string(let value) = item { return value }
    return []
  }
}

/// A command that is being executed.
final class Call {
  let command: RedisCommand
  let arguments: [[UInt8]]
  let keyspace: Keyspace
  /// Milliseconds since 1970.
  let now: UInt64
  var reply = Reply()
  /// Whether it has changed something, and so is written down.
  var isChange = false
  /// What is written down instead, where the command itself would not do the same later.
  var instead: [[UInt8]]?

  init(_ command: RedisCommand, _ arguments: [[UInt8]], _ keyspace: Keyspace, now: UInt64) {
    (self.command, self.arguments, self.keyspace, self.now) = (command, arguments, keyspace, now)
  }

  var key: [UInt8] { arguments[1] }
  var table: ByteTable { keyspace.table }

  /// Goes no further if what was answered so far is too long: called before something is taken away.
  func checkAnswer() throws(CommandError) {
    if reply.isCut { throw .tooLong }
  }

  /// The place of the key; nil if there is no such key.
  func find() -> Int? { keyspace.find(key, now: now) }

  func integer(_ place: Int) throws(CommandError) -> Int64 {
    guard let value = Integer.value(arguments[place][...]) else { throw .notInteger }
    return value
  }

  /// The string of a key; nil if there is no such key.
  func string() throws(CommandError) -> [UInt8]? {
    switch keyspace.item(key, now: now) {
    case nil: return nil
    case .string(let value)?: return value
    default: throw .wrongType
    }
  }

  func list() throws(CommandError) -> ByteList? {
    switch keyspace.item(key, now: now) {
    case nil: return nil
    case .list(let list)?: return list
    default: throw .wrongType
    }
  }

  func hash() throws(CommandError) -> ByteTable? {
    switch keyspace.item(key, now: now) {
    case nil: return nil
    case .hash(let table)?: return table
    default: throw .wrongType
    }
  }

  func set() throws(CommandError) -> ByteTable? {
    switch keyspace.item(key, now: now) {
    case nil: return nil
    case .set(let table)?: return table
    default: throw .wrongType
    }
  }

  /// Removes the key if there is nothing in it any more.
  func tidy() {
    if let place = table.find(key) { keyspace.removeIfEmpty(place) }
  }

  /// A range as Redis counts, from the end where a number is negative.
  func range(_ place: Int, count: Int) throws(CommandError) -> Range<Int> {
    var (start, end) = (try integer(place), try integer(place + 1))
    let length = Int64(count)
    if start < 0 { start = max(0, start &+ length) }
    if end < 0 { end &+= length }
    guard start <= end, start < length, end >= 0 else { return 0..<0 }
    return Int(start)..<Int(min(end, length - 1)) + 1
  }
}
