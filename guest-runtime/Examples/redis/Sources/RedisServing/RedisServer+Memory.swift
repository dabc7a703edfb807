// SPDX-License-Identifier: Apache-2.0

extension RedisServer {
  /// How a server is. All amounts are bytes.
  public struct Settings: Sendable {
    /// When more is in use, commands that need memory are refused; 0 for no limit.
    public var memoryLimit = 0
    public var clientLimit = 1000
    /// What the arguments of a command may take, and a string.
    public var commandLimit = 64 << 20
    /// What commands of all clients may take that are not whole yet.
    public var inputLimit = 256 << 20
    /// When more is in use, there is no room for long answers; 0 for no limit.
    public var answerLimit = 0
    /// When there is less in one piece, commands that need memory are refused.
    public var pieceLimit = 0
    /// What a subscriber may leave unread.
    public var backlogLimit = 1 << 20
    /// Whether there is a log of changes.
    public var hasLog = false
    /// Whether answers wait until the changes that they tell of are in the log for good.
    public var waitsForLog = false

    public init() {}

    /// A server in a guest.
    ///
    /// - Parameters:
    ///   - capacity: all the memory that there is.
    ///   - used: what is in use before there are any keys.
    ///   - network: what connections may take beyond that, whatever is sent over them.
    ///   - hasLog: whether there is a log of changes.
    public init(capacity: Int, used: Int, network: Int, hasLog: Bool) {
      self.hasLog = hasLog
      let free = max(0, capacity - used - network)
      // While a log is written anew, what is removed or replaced stays in memory.
      memoryLimit = used + (hasLog ? free / 8 * 3 : free / 2)
      // A log that is written anew has its values once more, in one piece each.
      commandLimit = hasLog ? free / 32 : free / 16
      pieceLimit = max(262_144, hasLog ? 3 * commandLimit : 0)
      // As if a long argument was there twice.
      inputLimit = free / 8 + 65_536
      clientLimit = max(16, min(1000, free / 131_072))
      backlogLimit = min(backlogLimit, free / 16)
      // Commands can still have theirs, and a string that becomes longer is there twice.
      answerLimit = used + free - inputLimit - 2 * commandLimit
    }
  }

  /// How a server learns how its memory is. All amounts are bytes.
  public struct Memory: Sendable {
    let used: @Sendable () -> Int
    let largestFree: @Sendable () -> Int

    /// - Parameters:
    ///   - used: how much is in use. Asked often.
    ///   - largestFree: how much there is in one piece. Asked before much is taken.
    public init(
      used: @escaping @Sendable () -> Int, largestFree: @escaping @Sendable () -> Int
    ) {
      (self.used, self.largestFree) = (used, largestFree)
    }
  }

  /// How many bytes an output may have, of what memory is left.
  var outputLimit: Int {
    guard settings.answerLimit > 0 else { return .max }
    // An array that grows has twice its length then, beside its old bytes.
    return max(0, settings.answerLimit - memory.used()) / 3
  }

  /// The same of what there is in one piece, of which the arrays that it grew from take a part each.
  var room: Int {
    min(outputLimit, max(0, memory.largestFree() / 4 - RedisClient.outputPause))
  }

  /// Whether there is memory for more, and to grow what it goes into.
  func hasMemory(
    for command: RedisCommand, _ arguments: [[UInt8]], _ client: RedisClient
  ) -> Bool {
    guard settings.memoryLimit > 0 else { return true }
    let count = arguments.count
    let growth =
      switch command {
      case .mset: keyspace.table.growth(adding: count / 2)
      case .subscribe: client.channels.growth(adding: count)
      case .psubscribe: client.patterns.growth(adding: count)
      case .append: keyspace.growth(appending: arguments[2].count, to: arguments[1])
      default: keyspace.growth(addingTo: arguments[1], count)
      }
    guard memory.used() + growth <= settings.memoryLimit else { return false }
    // Looking through what is free takes time.
    if figures.commands >= look.next || abs(memory.used() - look.used) > 65_536 {
      look = (figures.commands + 64, memory.used(), memory.largestFree())
    }
    let copy = settings.hasLog ? ByteTable.size(of: keyspace.table.count) : 0
    guard look.largestFree >= settings.pieceLimit + copy else { return false }
    return growth < 65_536 || 2 * growth <= memory.largestFree()
  }
}
