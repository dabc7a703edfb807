// SPDX-License-Identifier: Apache-2.0

import ByteText

/// A command that there is.
enum RedisCommand: Int {
  case ping, echo, select, quit, reset, hello, client, info, command, config
  case get, set, setnx, setex, psetex, getset, getdel, mget, mset, append, strlen, getrange
  case incr, decr, incrby, decrby
  case del, unlink, exists, touch, expire, pexpire, expireat, pexpireat, ttl, pttl, expiretime,
    pexpiretime
  case persist, type, keys, scan, dbsize, flushdb, flushall
  case lpush, rpush, lpop, rpop, llen, lrange, lindex
  case hset, hmset, hget, hmget, hdel, hgetall, hkeys, hvals, hlen, hexists, hincrby
  case sadd, srem, smembers, sismember, scard, spop
  case subscribe, unsubscribe, psubscribe, punsubscribe, publish

  /// In the order of the cases: the name, how many arguments there are with it (a negative number is the least), and
  /// whether it needs memory.
  private static let all: [(name: StaticString, arity: Int, grows: Bool)] = [
    ("ping", -1, false), ("echo", 2, false), ("select", 2, false), ("quit", -1, false),
    ("reset", 1, false), ("hello", -1, false), ("client", -2, false), ("info", -1, false),
    ("command", -1, false), ("config", -2, false),
    ("get", 2, false), ("set", -3, true), ("setnx", 3, true), ("setex", 4, true),
    ("psetex", 4, true), ("getset", 3, true), ("getdel", 2, false), ("mget", -2, false),
    ("mset", -3, true), ("append", 3, true), ("strlen", 2, false), ("getrange", 4, false),
    ("incr", 2, true), ("decr", 2, true), ("incrby", 3, true), ("decrby", 3, true),
    ("del", -2, false), ("unlink", -2, false), ("exists", -2, false), ("touch", -2, false),
    ("expire", -3, false), ("pexpire", -3, false), ("expireat", -3, false),
    ("pexpireat", -3, false), ("ttl", 2, false), ("pttl", 2, false), ("expiretime", 2, false),
    ("pexpiretime", 2, false), ("persist", 2, false), ("type", 2, false), ("keys", 2, false),
    ("scan", -2, false), ("dbsize", 1, false), ("flushdb", -1, false), ("flushall", -1, false),
    ("lpush", -3, true), ("rpush", -3, true), ("lpop", -2, false), ("rpop", -2, false),
    ("llen", 2, false), ("lrange", 4, false), ("lindex", 3, false),
    ("hset", -4, true), ("hmset", -4, true), ("hget", 3, false), ("hmget", -3, false),
    ("hdel", -3, false), ("hgetall", 2, false), ("hkeys", 2, false), ("hvals", 2, false),
    ("hlen", 2, false), ("hexists", 3, false), ("hincrby", 4, true),
    ("sadd", -3, true), ("srem", -3, false), ("smembers", 2, false), ("sismember", 3, false),
    ("scard", 2, false), ("spop", -2, false),
    ("subscribe", -2, true), ("unsubscribe", -1, false), ("psubscribe", -2, true),
    ("punsubscribe", -1, false), ("publish", 3, false),
  ]

  static var count: Int { all.count }
  var name: StaticString { Self.all[rawValue].name }
  var grows: Bool { Self.all[rawValue].grows }

  /// Whether a client that has subscriptions may send it.
  var isForSubscribers: Bool {
    switch self {
    case .ping, .quit, .reset, .subscribe, .unsubscribe, .psubscribe, .punsubscribe: true
    default: false
    }
  }

  func accepts(_ count: Int) -> Bool {
    let arity = Self.all[rawValue].arity
    return arity < 0 ? count >= -arity : count == arity
  }

  // MARK: By name

  /// The command of a name, in letters of either case; nil if there is none.
  init?(_ name: [UInt8]) {
    var slot = Self.slot(of: name)
    while let found = RedisCommand(rawValue: Int(Self.slots[slot])) {
      if name.isTextIgnoringCase(found.name) {
        self = found
        return
      }
      slot = (slot + 1) & (Self.slots.count - 1)
    }
    return nil
  }

  /// Numbers of commands at the sums of their names, or behind them; -1 where there is none.
  private static let slots: [Int8] = {
    var slots = [Int8](repeating: -1, count: 256)
    for number in 0..<all.count {
      var slot = slot(of: [UInt8](text: all[number].name))
      while slots[slot] >= 0 { slot = (slot + 1) & 255 }
      slots[slot] = Int8(number)
    }
    return slots
  }()

  private static func slot(of name: [UInt8]) -> Int {
    var sum = 5381
    for byte in name.prefix(16) { sum = sum &* 33 &+ Int(ASCII.lowercased(byte)) }
    return (sum ^ sum >> 8) & 255
  }
}
