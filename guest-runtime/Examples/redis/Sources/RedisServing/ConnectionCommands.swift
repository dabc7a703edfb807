// SPDX-License-Identifier: Apache-2.0

import ByteText

/// Commands about the connection and the server.
enum ConnectionCommands {
  static func run(
    _ call: Call, _ client: RedisClient, _ settings: RedisServer.Settings
  ) throws(CommandError) {
    switch call.command {
    case .ping:
      guard call.arguments.count <= 2 else { throw .arity("ping") }
      let text = call.arguments.count == 2 ? call.key : []
      if client.subscriptionCount > 0 {
        call.reply.array(2)
        call.reply.bulk("pong")
        call.reply.bulk(text)
      } else if call.arguments.count == 2 {
        call.reply.bulk(text)
      } else {
        call.reply.simple("PONG")
      }
    case .echo: call.reply.bulk(call.key)
    case .select:
      let number = try call.integer(1)
      guard number == 0 else { throw CommandError("ERR DB index is out of range") }
      call.reply.ok()
    case .quit:
      client.isEnding = true
      call.reply.ok()
    case .hello: try hello(call, client)
    case .client: try self.client(call, client)
    case .command:
      if call.arguments.count > 1, call.key.isTextIgnoringCase("count") {
        call.reply.count(RedisCommand.count)
      } else {
        // redis-cli asks for help texts here, and does without.
        call.reply.array(0)
      }
    case .config: try config(call, settings)
    default: break
    }
  }

  private static func hello(_ call: Call, _ client: RedisClient) throws(CommandError) {
    if call.arguments.count > 1 {
      guard let version = Integer.value(call.key[...]) else {
        throw CommandError("ERR Protocol version is not an integer or out of range")
      }
      guard version == 2 else { throw CommandError("NOPROTO unsupported protocol version") }
      guard call.arguments.count == 2 else { throw .syntax }
    }
    call.reply.array(14)
    let texts: [(StaticString, StaticString)] = [
      ("server", "redis"), ("version", RedisFigures.version),
    ]
    for (name, value) in texts {
      call.reply.bulk(name)
      call.reply.bulk(value)
    }
    call.reply.bulk("proto")
    call.reply.count(2)
    call.reply.bulk("id")
    call.reply.count(Int(client.id))
    call.reply.bulk("mode")
    call.reply.bulk("standalone")
    call.reply.bulk("role")
    call.reply.bulk("master")
    call.reply.bulk("modules")
    call.reply.array(0)
  }

  private static func client(_ call: Call, _ client: RedisClient) throws(CommandError) {
    let word = call.key
    switch call.arguments.count {
    case 2 where word.isTextIgnoringCase("id"): call.reply.count(Int(client.id))
    case 2 where word.isTextIgnoringCase("getname"):
      if client.name.isEmpty { call.reply.null() } else { call.reply.bulk(client.name) }
    case 3 where word.isTextIgnoringCase("setname"):
      guard call.arguments[2].allSatisfy({ (33...126).contains($0) }) else {
        throw CommandError(
          "ERR Client names cannot contain spaces, newlines or special characters.")
      }
      guard call.arguments[2].count <= 1024 else {
        throw CommandError("ERR Client name is too long")
      }
      client.name = call.arguments[2]
      call.reply.ok()
    default: throw unknown(word, "CLIENT")
    }
  }

  private static func config(
    _ call: Call, _ settings: RedisServer.Settings
  ) throws(CommandError) {
    guard call.key.isTextIgnoringCase("get") else { throw unknown(call.key, "CONFIG") }
    guard call.arguments.count >= 3 else { throw .arity("config|get") }
    var memory: [UInt8] = []
    memory.append(decimal: settings.memoryLimit)
    var clients: [UInt8] = []
    clients.append(decimal: settings.clientLimit)
    let all: [(StaticString, [UInt8])] = [
      ("save", []), ("appendonly", [UInt8](text: settings.hasLog ? "yes" : "no")),
      ("appendfsync", [UInt8](text: settings.waitsForLog ? "always" : "everysec")),
      ("maxmemory", memory), ("maxmemory-policy", [UInt8](text: "noeviction")),
      ("maxclients", clients), ("databases", [49]), ("port", [UInt8](text: "6379")),
    ]
    let found = all.filter { name, _ in
      call.arguments.dropFirst(2).contains {
        GlobPattern.matches($0.map(ASCII.lowercased), [UInt8](text: name))
      }
    }
    call.reply.array(found.count * 2)
    for (name, value) in found {
      call.reply.bulk(name)
      call.reply.bulk(value)
    }
  }

  private static func unknown(_ word: [UInt8], _ command: StaticString) -> CommandError {
    CommandError(
      "ERR unknown subcommand '",
      word.prefix(128) + [UInt8](text: "'. Try ") + [UInt8](text: command), " HELP.")
  }
}

/// What was done so far.
struct RedisFigures {
  /// The version of Redis whose answers these are.
  static let version: StaticString = "7.0.15"

  var connections = 0
  var connectionsInAll: UInt64 = 0
  var commands: UInt64 = 0
  /// When it began, in milliseconds since 1970.
  let start: UInt64

  init(start: UInt64) { self.start = start }

  /// The answer to INFO: all parts, or the one that is asked for.
  func text(of server: RedisServer, _ call: Call, memoryInUse: Int) -> [UInt8] {
    var text: [UInt8] = []
    func part(_ name: StaticString) -> Bool {
      let isWanted =
        call.arguments.count == 1
        || call.arguments.dropFirst().contains {
          $0.isTextIgnoringCase(name) || $0.isTextIgnoringCase("all")
            || $0.isTextIgnoringCase("everything") || $0.isTextIgnoringCase("default")
        }
      guard isWanted else { return false }
      text.append(text.isEmpty ? "# " : "\r\n# ")
      text.append(name)
      text.append("\r\n")
      return true
    }
    func line(_ name: StaticString, _ value: UInt64) {
      text.append(name)
      text.append(58)
      text.append(decimal: value)
      text.append("\r\n")
    }
    if part("server") {
      text.append("redis_version:")
      text.append(Self.version)
      text.append("\r\nredis_mode:standalone\r\nos:PVHKit\r\narch_bits:64\r\ntcp_port:6379\r\n")
      line("uptime_in_seconds", (call.now - min(call.now, start)) / 1000)
    }
    if part("clients") {
      line("connected_clients", UInt64(connections))
      line("maxclients", UInt64(server.settings.clientLimit))
    }
    if part("memory") {
      line("used_memory", UInt64(memoryInUse))
      line("maxmemory", UInt64(server.settings.memoryLimit))
      text.append("maxmemory_policy:noeviction\r\n")
    }
    if part("persistence") { line("aof_enabled", server.settings.hasLog ? 1 : 0) }
    if part("stats") {
      line("total_connections_received", connectionsInAll)
      line("total_commands_processed", commands)
      line("expired_keys", server.keyspace.expiredCount)
    }
    if part("keyspace"), server.keyspace.table.count > 0 {
      var expiring: UInt64 = 0
      server.keyspace.table.forEach { if $0.expiry > 0 { expiring += 1 } }
      text.append("db0:keys=")
      text.append(decimal: UInt64(server.keyspace.table.count))
      text.append(",expires=")
      text.append(decimal: expiring)
      text.append(",avg_ttl=0\r\n")
    }
    return text
  }
}
