// SPDX-License-Identifier: Apache-2.0

import ByteText

/// Commands for lists.
enum ListCommands {
  static func run(_ call: Call) throws(CommandError) {
    switch call.command {
    case .lpush, .rpush:
      let list = try call.list() ?? ByteList()
      if list.count == 0 { call.keyspace.set(call.key, .list(list)) }
      for value in call.arguments.dropFirst(2) {
        if call.command == .lpush { list.prepend(value) } else { list.append(value) }
      }
      call.isChange = true
      call.reply.count(list.count)
    case .lpop, .rpop: try pop(call)
    case .llen: call.reply.count(try call.list()?.count ?? 0)
    case .lrange:
      let (_, _) = (try call.integer(2), try call.integer(3))
      let list = try call.list()
      let range = try call.range(2, count: list?.count ?? 0)
      call.reply.array(range.count)
      if let list { for place in range where !call.reply.isCut { call.reply.bulk(list[place]) } }
    case .lindex:
      guard let list = try call.list() else { return call.reply.null() }
      var place = try call.integer(2)
      if place < 0 { place += Int64(list.count) }
      guard place >= 0, place < Int64(list.count) else { return call.reply.null() }
      call.reply.bulk(list[Int(place)])
    default: break
    }
  }

  private static func pop(_ call: Call) throws(CommandError) {
    guard call.arguments.count <= 3 else { throw .arity(call.command.name) }
    let limit = try CollectionParts.limit(of: call)
    guard let list = try call.list() else {
      return limit == nil ? call.reply.null() : call.reply.nullArray()
    }
    let count = Int(min(limit ?? 1, Int64(list.count)))
    if limit != nil { call.reply.array(count) }
    let isFirst = call.command == .lpop
    for place in 0..<count { call.reply.bulk(list[isFirst ? place : list.count - 1 - place]) }
    try call.checkAnswer()
    for _ in 0..<count { _ = isFirst ? list.removeFirst() : list.removeLast() }
    call.isChange = count > 0
    call.tidy()
  }
}

/// Commands for hashes.
enum HashCommands {
  static func run(_ call: Call) throws(CommandError) {
    switch call.command {
    case .hset, .hmset:
      guard call.arguments.count % 2 == 0 else { throw .arity(call.command.name) }
      let hash = try openHash(call)
      var count = 0
      for place in stride(from: 2, to: call.arguments.count, by: 2)
      where hash.set(call.arguments[place], .string(call.arguments[place + 1])) {
        count += 1
      }
      call.isChange = true
      if call.command == .hset { call.reply.count(count) } else { call.reply.ok() }
    case .hget: value(call.arguments[2], try call.hash(), call)
    case .hmget:
      let hash = try call.hash()
      call.reply.array(call.arguments.count - 2)
      for field in call.arguments.dropFirst(2) { value(field, hash, call) }
    case .hdel:
      guard let hash = try call.hash() else { return call.reply.count(0) }
      call.reply.count(CollectionParts.remove(from: hash, call))
    case .hgetall, .hkeys, .hvals:
      let hash = try call.hash()
      let isWhole = call.command == .hgetall
      call.reply.array((hash?.count ?? 0) * (isWhole ? 2 : 1))
      hash?.forEach { entry in
        if isWhole || call.command == .hkeys { call.reply.bulk(entry.key) }
        if isWhole || call.command == .hvals { call.reply.bulk(entry.text) }
      }
    case .hlen: call.reply.count(try call.hash()?.count ?? 0)
    case .hexists: call.reply.flag(try call.hash()?.find(call.arguments[2]) != nil)
    case .hincrby:
      let value = try call.integer(3)
      let hash = try call.hash()
      var sum = value
      if let hash, let place = hash.find(call.arguments[2]) {
        guard let old = Integer.value(hash.entries[place].text[...]) else {
          throw CommandError("ERR hash value is not an integer")
        }
        let (result, overflow) = old.addingReportingOverflow(value)
        guard !overflow else { throw .overflow }
        sum = result
      }
      try openHash(call).set(call.arguments[2], .string(Integer.text(sum)))
      call.isChange = true
      call.reply.integer(sum)
    default: break
    }
  }

  private static func openHash(_ call: Call) throws(CommandError) -> ByteTable {
    if let hash = try call.hash() { return hash }
    let hash = ByteTable()
    call.keyspace.set(call.key, .hash(hash))
    return hash
  }

  private static func value(_ field: [UInt8], _ hash: ByteTable?, _ call: Call) {
    guard let hash, let place = hash.find(field) else { return call.reply.null() }
    call.reply.bulk(hash.entries[place].text)
  }
}

/// Commands for sets.
enum SetCommands {
  static func run(_ call: Call) throws(CommandError) {
    switch call.command {
    case .sadd:
      let found = try call.set()
      let set = found ?? ByteTable()
      if found == nil { call.keyspace.set(call.key, .set(set)) }
      let count = call.arguments.dropFirst(2).count { set.set($0, .member) }
      call.isChange = count > 0
      call.reply.count(count)
    case .srem:
      guard let set = try call.set() else { return call.reply.count(0) }
      call.reply.count(CollectionParts.remove(from: set, call))
    case .smembers:
      let set = try call.set()
      call.reply.array(set?.count ?? 0)
      set?.forEach { call.reply.bulk($0.key) }
    case .sismember: call.reply.flag(try call.set()?.find(call.arguments[2]) != nil)
    case .scard: call.reply.count(try call.set()?.count ?? 0)
    case .spop: try pop(call)
    default: break
    }
  }

  /// Takes any members.
  private static func pop(_ call: Call) throws(CommandError) {
    guard call.arguments.count <= 3 else { throw .syntax }
    let limit = try CollectionParts.limit(of: call)
    guard let set = try call.set() else {
      return limit == nil ? call.reply.null() : call.reply.array(0)
    }
    let count = Int(min(limit ?? 1, Int64(set.count)))
    if limit != nil { call.reply.array(count) }
    var members: [[UInt8]] = []
    for _ in 0..<count {
      guard let place = set.anyPlace() else { break }
      members.append(set.entries[place].key)
      call.reply.bulk(set.entries[place].key)
      set.remove(place)
      guard call.reply.isCut else { continue }
      for member in members { set.set(member, .member) }
      throw .tooLong
    }
    call.isChange = count > 0
    call.instead = [[UInt8](text: "SREM"), call.key] + members
    call.tidy()
  }
}

private enum CollectionParts {
  /// How many elements a command takes at most; nil if it is for one.
  static func limit(of call: Call) throws(CommandError) -> Int64? {
    guard call.arguments.count == 3 else { return nil }
    guard let value = Integer.value(call.arguments[2][...]), value >= 0 else {
      throw CommandError("ERR value is out of range, must be positive")
    }
    return value
  }

  /// Removes what the arguments name; returns how much was there.
  static func remove(from table: ByteTable, _ call: Call) -> Int {
    var count = 0
    for key in call.arguments.dropFirst(2) {
      guard let place = table.find(key) else { continue }
      table.remove(place)
      count += 1
    }
    call.isChange = count > 0
    call.tidy()
    return count
  }
}
