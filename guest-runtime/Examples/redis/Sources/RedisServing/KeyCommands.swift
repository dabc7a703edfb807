// SPDX-License-Identifier: Apache-2.0

import ByteText

/// Commands for keys of any kind.
enum KeyCommands {
  static func run(_ call: Call) throws(CommandError) {
    switch call.command {
    case .del, .unlink:
      var count = 0
      for key in call.arguments.dropFirst() {
        guard let place = call.keyspace.find(key, now: call.now) else { continue }
        call.table.remove(place)
        count += 1
      }
      call.isChange = count > 0
      call.reply.count(count)
    case .exists, .touch:
      call.reply.count(
        call.arguments.dropFirst().count { call.keyspace.find($0, now: call.now) != nil })
    case .expire: try expire(call, inSeconds: true, isMoment: false)
    case .pexpire: try expire(call, inSeconds: false, isMoment: false)
    case .expireat: try expire(call, inSeconds: true, isMoment: true)
    case .pexpireat: try expire(call, inSeconds: false, isMoment: true)
    case .ttl, .pttl, .expiretime, .pexpiretime: time(call)
    case .persist:
      guard let place = call.find(), call.table.entries[place].expiry > 0 else {
        return call.reply.count(0)
      }
      call.table.setExpiry(0, place)
      call.isChange = true
      call.reply.count(1)
    case .type: call.reply.simple(kind(call.find().map { call.table.entries[$0].item }))
    case .keys:
      func forEachMatch(_ body: (ByteTable.Entry) -> Void) {
        call.table.forEach { entry in
          if !entry.hasExpired(call.now), GlobPattern.matches(call.key, entry.key) { body(entry) }
        }
      }
      var count = 0
      forEachMatch { _ in count += 1 }
      call.reply.array(count)
      forEachMatch { call.reply.bulk($0.key) }
    case .scan: try scan(call)
    case .dbsize: call.reply.count(call.table.count)
    case .flushdb, .flushall:
      let isMode =
        call.arguments.count == 2
        && (call.key.isTextIgnoringCase("sync") || call.key.isTextIgnoringCase("async"))
      guard call.arguments.count == 1 || isMode else { throw .syntax }
      call.table.removeAll()
      call.isChange = true
      call.reply.ok()
    default: break
    }
  }

  private static func kind(_ item: Item?) -> StaticString {
    switch item {
    case .string?: "string"
    case .list?: "list"
    case .hash?: "hash"
    case .set?: "set"
    case .nothing?, .member?, nil: "none"
    }
  }

  private static func expire(
    _ call: Call, inSeconds: Bool, isMoment: Bool
  ) throws(CommandError) {
    var (isNew, isOld, isLater, isEarlier) = (false, false, false, false)
    for word in call.arguments.dropFirst(3) {
      if word.isTextIgnoringCase("nx") {
        isNew = true
      } else if word.isTextIgnoringCase("xx") {
        isOld = true
      } else if word.isTextIgnoringCase("gt") {
        isLater = true
      } else if word.isTextIgnoringCase("lt") {
        isEarlier = true
      } else {
        throw CommandError("ERR Unsupported option ", word)
      }
    }
    if isNew, isOld || isLater || isEarlier {
      throw CommandError("ERR NX and XX, GT or LT options at the same time are not compatible")
    }
    if isLater, isEarlier {
      throw CommandError("ERR GT and LT options at the same time are not compatible")
    }
    let moment = try Expiry.scaled(try call.integer(2), inSeconds, isMoment, call)
    guard let place = call.find() else { return call.reply.count(0) }
    let old = call.table.entries[place].expiry
    let current = old == 0 ? Int64.max : Int64(clamping: old)
    if isNew && old != 0 || isOld && old == 0 || isLater && moment <= current
      || isEarlier && moment >= current
    {
      return call.reply.count(0)
    }
    call.isChange = true
    call.reply.count(1)
    if moment <= Int64(clamping: call.now) {
      call.table.remove(place)
      call.instead = [[UInt8](text: "DEL"), call.key]
    } else {
      call.table.setExpiry(UInt64(moment), place)
      call.instead = [[UInt8](text: "PEXPIREAT"), call.key, Integer.text(moment)]
    }
  }

  private static func time(_ call: Call) {
    guard let place = call.find() else { return call.reply.count(-2) }
    let expiry = call.table.entries[place].expiry
    guard expiry > 0 else { return call.reply.count(-1) }
    switch call.command {
    case .ttl: call.reply.integer(Int64(clamping: (expiry - call.now + 500) / 1000))
    case .pttl: call.reply.integer(Int64(clamping: expiry - call.now))
    case .expiretime: call.reply.integer(Int64(clamping: (expiry + 500) / 1000))
    default: call.reply.integer(Int64(clamping: expiry))
    }
  }

  /// A cursor is the serial of the next key: a key that is there all the time comes exactly once.
  private static func scan(_ call: Call) throws(CommandError) {
    guard let cursor = call.key.decimalValue else { throw CommandError("ERR invalid cursor") }
    var (pattern, wanted): ([UInt8]?, [UInt8]?)
    var limit: Int64 = 10
    for place in stride(from: 2, to: call.arguments.count, by: 2) {
      let word = call.arguments[place]
      guard place + 1 < call.arguments.count else { throw .syntax }
      if word.isTextIgnoringCase("match") {
        pattern = call.arguments[place + 1]
      } else if word.isTextIgnoringCase("count") {
        limit = try call.integer(place + 1)
        guard limit > 0 else { throw .syntax }
      } else if word.isTextIgnoringCase("type") {
        wanted = call.arguments[place + 1]
      } else {
        throw .syntax
      }
    }
    var keys: [[UInt8]] = []
    var place = call.table.place(from: cursor) ?? call.table.entries.count
    while place < call.table.entries.count, limit > 0 {
      let entry = call.table.entries[place]
      place += 1
      guard entry.isThere else { continue }
      limit -= 1
      if !entry.hasExpired(call.now), pattern.map({ GlobPattern.matches($0, entry.key) }) ?? true,
        wanted?.isTextIgnoringCase(kind(entry.item)) ?? true
      {
        keys.append(entry.key)
      }
    }
    let isOver = place == call.table.entries.count
    call.reply.array(2)
    call.reply.bulk(isOver ? [48] : Integer.text(Int64(call.table.entries[place].serial)))
    call.reply.array(keys.count)
    for key in keys { call.reply.bulk(key) }
  }
}
