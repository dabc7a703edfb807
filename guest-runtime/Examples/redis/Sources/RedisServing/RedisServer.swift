// SPDX-License-Identifier: Apache-2.0

import ByteText

/// A store of keys for several clients, without any I/O.
public final class RedisServer: @unchecked Sendable {
  // A guest has one CPU, and nothing runs in the middle of a call.
  public let settings: Settings
  let keyspace = Keyspace()
  private let subscriptions = Subscriptions()
  private let input: InputBudget
  private(set) var figures: RedisFigures
  private var nextClient: UInt64 = 1
  private var lastFailure: CommandError?
  let memory: Memory
  /// What was free in one piece when that was last looked at, how much was in use, and at which command to look again.
  var look: (next: UInt64, used: Int, largestFree: Int) = (0, 0, 0)
  /// Whether commands of the log are being run, which are never refused.
  private var isReplaying = false

  /// A server without keys; `seed` is a random number that nobody else knows.
  public init(_ settings: Settings, seed: UInt64, now: UInt64, _ memory: Memory) {
    (self.settings, self.memory) = (settings, memory)
    input = InputBudget(limit: settings.inputLimit, room: memory.largestFree)
    figures = RedisFigures(start: now)
    ByteTable.seed = seed
  }

  // MARK: Clients

  /// A new client; one that there is no room for is told so, and ends.
  public func open() -> RedisClient {
    let client = RedisClient(id: nextClient, limit: settings.commandLimit, input)
    nextClient += 1
    figures.connectionsInAll += 1
    figures.connections += 1
    if figures.connections > settings.clientLimit {
      client.output.error(CommandError("ERR max number of clients reached"))
      client.isEnding = true
    }
    return client
  }

  /// Forgets a client that has gone.
  public func close(_ client: RedisClient) {
    subscriptions.removeAll(of: client)
    figures.connections -= 1
  }

  // MARK: Commands

  /// Runs the commands that have come from a client: a few of them, up to an amount of output.
  ///
  /// - Parameters:
  ///   - client: whose commands are run; its output has the answers.
  ///   - now: milliseconds since 1970.
  /// - Returns: Whether more may be run when the output is sent, and others have had their turn.
  public func run(_ client: RedisClient, now: UInt64) -> Bool {
    var hasMore = false
    var count = 0
    let changeCount = keyspace.changeCount
    if settings.waitsForLog { client.beginHolding() }
    while !client.isEnding {
      let waiting = client.output.bytes.count
      guard waiting == 0 || waiting < RedisClient.outputPause && waiting < outputLimit,
        count < RedisClient.commandPause
      else {
        hasMore = true
        break
      }
      do throws(ProtocolFailure) {
        guard let arguments = try client.parser.next() else { break }
        execute(arguments, client, now)
      } catch {
        client.output.error(CommandError("ERR ", error.text))
        client.isEnding = true
      }
      client.countHeld()
      count += 1
    }
    if keyspace.changeCount == changeCount { client.release() }
    if client.isEnding {
      client.dropInput()
    } else if !client.countInput(), !hasMore {
      // It has begun a long command, and others have, too.
      client.output.error(CommandError("ERR Protocol error: no memory for the rest of the command"))
      client.isEnding = true
      client.dropInput()
    }
    return hasMore
  }

  private func execute(_ arguments: [[UInt8]], _ client: RedisClient, _ now: UInt64) {
    figures.commands += 1
    do throws(CommandError) {
      let command = try check(arguments, client)
      let call = Call(command, arguments, keyspace, now: now)
      swap(&call.reply, &client.output)
      defer { swap(&call.reply, &client.output) }
      call.reply.begin { [self] in room }
      do throws(CommandError) {
        try dispatch(call, client)
        try call.checkAnswer()
      } catch {
        call.reply.replace(with: error)
      }
      call.reply.finish()
      if call.isChange { keyspace.write(call.instead ?? arguments) }
    } catch {
      client.output.error(error)
    }
  }

  private func check(
    _ arguments: [[UInt8]], _ client: RedisClient
  ) throws(CommandError) -> RedisCommand {
    guard let command = RedisCommand(arguments[0]) else {
      var rest: [UInt8] = []
      for argument in arguments.dropFirst() where rest.count < 128 {
        rest += [39] + argument.prefix(128 - rest.count) + [39, 32]
      }
      throw CommandError(
        "ERR unknown command '",
        arguments[0].prefix(128) + [UInt8](text: "', with args beginning with: ") + rest)
    }
    guard command.accepts(arguments.count) else { throw .arity(command.name) }
    if client.subscriptionCount > 0, !command.isForSubscribers {
      throw CommandError(
        "ERR Can't execute '", [UInt8](text: command.name),
        "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
      )
    }
    guard command.grows, !isReplaying else { return command }
    if let lastFailure { throw lastFailure }
    guard hasMemory(for: command, arguments, client) else {
      throw CommandError("OOM command not allowed when used memory > 'maxmemory'.")
    }
    return command
  }

  private func dispatch(_ call: Call, _ client: RedisClient) throws(CommandError) {
    switch call.command.rawValue {
    case RedisCommand.get.rawValue...RedisCommand.decrby.rawValue:
      try StringCommands.run(call, limit: settings.commandLimit)
    case RedisCommand.del.rawValue...RedisCommand.flushall.rawValue: try KeyCommands.run(call)
    case RedisCommand.lpush.rawValue...RedisCommand.lindex.rawValue: try ListCommands.run(call)
    case RedisCommand.hset.rawValue...RedisCommand.hincrby.rawValue: try HashCommands.run(call)
    case RedisCommand.sadd.rawValue...RedisCommand.spop.rawValue: try SetCommands.run(call)
    case RedisCommand.subscribe.rawValue...RedisCommand.punsubscribe.rawValue:
      subscriptions.run(call, by: client)
    case RedisCommand.publish.rawValue:
      call.reply.count(
        subscriptions.publish(call.arguments[2], on: call.key, limit: settings.backlogLimit) {
          room
        })
    case RedisCommand.info.rawValue:
      call.reply.bulk(figures.text(of: self, call, memoryInUse: memory.used()))
    case RedisCommand.reset.rawValue:
      subscriptions.removeAll(of: client)
      client.name = []
      call.reply.simple("RESET")
    default: try ConnectionCommands.run(call, client, settings)
    }
  }

  // MARK: The log

  /// How many keys there are.
  public var keyCount: Int { keyspace.table.count }

  /// How many changes there were; those of a run of commands are not above what it is afterwards.
  public var changeCount: UInt64 { keyspace.changeCount }

  /// Commands that make the changes since the last call, in pieces.
  public func takeLog() -> [[UInt8]] { keyspace.takeLog() }

  /// How many bytes `takeLog` would return.
  public var logSize: Int { keyspace.log.byteCount }

  /// Commands that make all that there is now, a piece with each call; nil when there are no more.
  public func snapshot() -> () -> [UInt8]? {
    var snapshot = Snapshot(of: keyspace.table)
    return { snapshot.next() }
  }

  /// Runs commands of a log.
  public func replay(_ log: [UInt8]) {
    var parser = CommandParser(limit: .max)
    parser.receive(log)
    let client = RedisClient(id: 0, limit: 0, InputBudget(limit: 0))
    isReplaying = true
    while let arguments = try? parser.next() {
      // At the beginning of time: a key that has expired since then may have become one that does not.
      execute(arguments, client, 0)
      client.output = Reply()
    }
    isReplaying = false
    figures.commands = 0
  }

  /// Begins to write changes down.
  public func beginLog() { keyspace.isLogging = true }

  /// Takes note of whether the log has room. As long as it has none, commands that need room are refused.
  public func noteLog(isFull: Bool) {
    lastFailure =
      isFull
      ? CommandError("MISCONF Errors writing to the AOF file: No space left on device") : nil
  }

  /// Tells a client, instead of what its commands have led to, that this is not in the log.
  public func refuse(_ client: RedisClient) {
    if let lastFailure { client.refuseHeld(lastFailure) }
  }

  /// Removes keys that have expired, of some that it looks at.
  ///
  /// - Returns: Whether any of them will expire: then it should be called again soon.
  public func sweep(now: UInt64) -> Bool { keyspace.sweep(now: now, atMost: 200) }
}
