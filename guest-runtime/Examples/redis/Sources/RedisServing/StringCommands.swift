// SPDX-License-Identifier: Apache-2.0

import ByteText

/// Commands for strings and counters.
enum StringCommands {
  static func run(_ call: Call, limit: Int) throws(CommandError) {
    switch call.command {
    case .get: reply(try call.string(), call)
    case .set: try set(call)
    case .setnx:
      let isNew = call.find() == nil
      if isNew { put(call.arguments[2], call) }
      call.reply.flag(isNew)
    case .setex, .psetex:
      let expiry = try Expiry.moment(call, 2, inSeconds: call.command == .setex)
      put(call.arguments[3], expiry: expiry, call)
      call.reply.ok()
    case .getset:
      reply(try call.string(), call)
      try call.checkAnswer()
      put(call.arguments[2], call)
    case .getdel:
      reply(try call.string(), call)
      try call.checkAnswer()
      if let place = call.find() {
        call.table.remove(place)
        call.isChange = true
      }
    case .mget:
      call.reply.array(call.arguments.count - 1)
      for key in call.arguments.dropFirst() {
        if case .string(let value)? = call.keyspace.item(key, now: call.now) {
          call.reply.bulk(value)
        } else {
          call.reply.null()
        }
      }
    case .mset:
      guard call.arguments.count % 2 == 1 else { throw .arity("mset") }
      for place in stride(from: 1, to: call.arguments.count, by: 2) {
        call.keyspace.set(call.arguments[place], .string(call.arguments[place + 1]))
      }
      call.isChange = true
      call.reply.ok()
    case .append: try append(call, limit: limit)
    case .strlen: call.reply.count(try call.string()?.count ?? 0)
    case .getrange:
      // The numbers are looked at first.
      let (_, _) = (try call.integer(2), try call.integer(3))
      let value = try call.string() ?? []
      call.reply.bulk(Array(value[try Self.range(call, value.count)]))
    case .incr: try add(1, call)
    case .decr: try add(-1, call)
    case .incrby: try add(try call.integer(2), call)
    case .decrby:
      let value = try call.integer(2)
      guard value != .min else { throw CommandError("ERR decrement would overflow") }
      try add(-value, call)
    default: break
    }
  }

  private static func reply(_ value: [UInt8]?, _ call: Call) {
    if let value { call.reply.bulk(value) } else { call.reply.null() }
  }

  private static func put(_ value: [UInt8], expiry: UInt64 = 0, _ call: Call) {
    call.keyspace.set(call.key, .string(value))
    call.isChange = true
    guard expiry > 0, let place = call.table.find(call.key) else { return }
    if expiry <= call.now {
      call.table.remove(place)
      call.instead = [[UInt8](text: "DEL"), call.key]
    } else {
      call.table.setExpiry(expiry, place)
      call.instead = [
        [UInt8](text: "SET"), call.key, value, [UInt8](text: "PXAT"),
        Integer.text(Int64(clamping: expiry)),
      ]
    }
  }

  private static func set(_ call: Call) throws(CommandError) {
    var (isNew, isOld, keeps, gets) = (false, false, false, false)
    var expiry: UInt64 = 0
    /// Where the time is, and its kind.
    var time: (place: Int, inSeconds: Bool, isMoment: Bool)?
    var place = 3
    while place < call.arguments.count {
      let word = call.arguments[place]
      let hasMore = place + 1 < call.arguments.count
      if word.isTextIgnoringCase("nx"), !isOld {
        isNew = true
      } else if word.isTextIgnoringCase("xx"), !isNew {
        isOld = true
      } else if word.isTextIgnoringCase("get") {
        gets = true
      } else if word.isTextIgnoringCase("keepttl"), time == nil {
        keeps = true
      } else if let kind = Expiry.kind(word), hasMore, time == nil, !keeps {
        time = (place + 1, kind.inSeconds, kind.isMoment)
        place += 1
      } else {
        throw .syntax
      }
      place += 1
    }
    if let time {
      expiry = try Expiry.moment(
        call, time.place, inSeconds: time.inSeconds, isMoment: time.isMoment)
    }
    let old = gets ? try call.string() : nil
    let found = call.find()
    let isPossible = (!isNew || found == nil) && (!isOld || found != nil)
    if gets {
      reply(old, call)
      try call.checkAnswer()
    } else if isPossible {
      call.reply.ok()
    } else {
      call.reply.null()
    }
    if isPossible {
      let kept = keeps ? found.map { call.table.entries[$0].expiry } ?? 0 : expiry
      put(call.arguments[2], expiry: kept, call)
    }
    // As the options were obeyed, they are not written down.
    if isPossible, call.instead == nil {
      call.instead = [[UInt8](text: "SET"), call.key, call.arguments[2]]
    }
  }

  private static func append(_ call: Call, limit: Int) throws(CommandError) {
    guard let place = call.find() else {
      call.keyspace.set(call.key, .string(call.arguments[2]))
      call.isChange = true
      return call.reply.count(call.arguments[2].count)
    }
    guard case .string = call.table.entries[place].item else { throw .wrongType }
    guard call.table.entries[place].text.count + call.arguments[2].count <= limit else {
      throw CommandError("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
    }
    call.isChange = true
    guard case .string(var value) = call.table.take(place) else { return }
    value += call.arguments[2]
    call.reply.count(value.count)
    call.table.putBack(.string(value), place)
  }

  private static func add(_ value: Int64, _ call: Call) throws(CommandError) {
    var sum = value
    let place = call.find()
    if let text = try call.string() {
      guard let old = Integer.value(text[...]) else { throw .notInteger }
      let (result, overflow) = old.addingReportingOverflow(value)
      guard !overflow else { throw .overflow }
      sum = result
    }
    let item = Item.string(Integer.text(sum))
    if let place { call.table.putBack(item, place) } else { call.keyspace.set(call.key, item) }
    call.isChange = true
    call.reply.integer(sum)
  }

  /// As other ranges, but for two ends before the beginning.
  private static func range(_ call: Call, _ count: Int) throws(CommandError) -> Range<Int> {
    let (start, end) = (try call.integer(2), try call.integer(3))
    if start < 0, end < 0, start > end { return 0..<0 }
    guard count > 0 else { return 0..<0 }
    let length = Int64(count)
    let first = max(0, start < 0 ? start &+ length : start)
    let last = min(length - 1, max(0, end < 0 ? end &+ length : end))
    return first <= last ? Int(first)..<Int(last) + 1 : 0..<0
  }
}

/// Times in commands.
enum Expiry {
  /// What kind of time an option of SET announces; nil if it is none of these.
  static func kind(_ word: [UInt8]) -> (inSeconds: Bool, isMoment: Bool)? {
    if word.isTextIgnoringCase("ex") { return (true, false) }
    if word.isTextIgnoringCase("px") { return (false, false) }
    if word.isTextIgnoringCase("exat") { return (true, true) }
    if word.isTextIgnoringCase("pxat") { return (false, true) }
    return nil
  }

  /// The moment that an argument means, in milliseconds since 1970.
  static func moment(
    _ call: Call, _ place: Int, inSeconds: Bool, isMoment: Bool = false
  ) throws(CommandError) -> UInt64 {
    let value = try call.integer(place)
    guard value > 0 else { throw .expiry(call.command.name) }
    return UInt64(try scaled(value, inSeconds, isMoment, call))
  }

  /// A time in milliseconds since 1970, which may be before that.
  static func scaled(
    _ value: Int64, _ inSeconds: Bool, _ isMoment: Bool, _ call: Call
  ) throws(CommandError) -> Int64 {
    let (product, isLarge) = value.multipliedReportingOverflow(by: inSeconds ? 1000 : 1)
    let (sum, isLarger) = product.addingReportingOverflow(isMoment ? 0 : Int64(clamping: call.now))
    guard !isLarge, !isLarger else { throw .expiry(call.command.name) }
    return sum
  }
}
