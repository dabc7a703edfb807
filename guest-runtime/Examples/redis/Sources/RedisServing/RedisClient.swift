// SPDX-License-Identifier: Apache-2.0

import ByteText

/// One connection of a client, without any I/O.
public final class RedisClient {
  let id: UInt64
  var name: [UInt8] = []
  var parser: CommandParser
  var channels = ByteTable()
  var patterns = ByteTable()
  /// What is to be sent.
  var output = Reply()
  /// Where in the output the answers begin that are not to be sent before what they say is on the disk, and how many
  /// there are.
  private(set) var held: (start: Int, count: Int)?
  /// Whether the connection is to be closed when the output is sent.
  public internal(set) var isEnding = false

  /// Called when there is output that the client did not ask for.
  public var onMessage: (() -> Void)?

  /// Commands are executed as long as there is less output than this.
  static let outputPause = 65_536
  /// And so many at a time.
  static let commandPause = 16

  /// What all clients together have sent of commands that are not whole.
  private let input: InputBudget
  /// How much of that is this client's.
  private var counted = 0

  init(id: UInt64, limit: Int, _ input: InputBudget) {
    (self.id, self.input) = (id, input)
    parser = CommandParser(limit: limit, room: input.room)
  }

  deinit { input.used -= counted }

  /// Counts what is kept of a command that is not whole.
  ///
  /// - Returns: Whether there is room for it.
  func countInput() -> Bool {
    input.used += parser.size - counted
    counted = parser.size
    return input.used <= input.limit || counted <= InputBudget.share
  }

  /// Lets go what is kept of a command that is not whole.
  func dropInput() {
    parser = CommandParser(limit: 0)
    _ = countInput()
  }

  /// Takes what was received.
  public func receive(_ bytes: [UInt8]) { parser.receive(bytes) }

  /// What can be sent now; it counts as sent. Empty if there is nothing.
  public func takeOutput() -> [UInt8] {
    guard let held else {
      defer { output = Reply() }
      return output.bytes
    }
    let bytes = Array(output.bytes[..<held.start])
    output.bytes.removeFirst(held.start)
    self.held?.start = 0
    return bytes
  }

  var subscriptionCount: Int { channels.count + patterns.count }

  // MARK: Answers that wait for the disk

  func beginHolding() { held = held ?? (output.bytes.count, 0) }

  func countHeld() { held?.count += 1 }

  /// Whether there are such answers.
  public var isHolding: Bool { held != nil }

  /// Lets the answers go.
  public func release() { held = nil }

  /// Answers with an error instead, as often as there were answers.
  func refuseHeld(_ error: CommandError) {
    guard let held else { return }
    output.bytes.removeLast(output.bytes.count - held.start)
    for _ in 0..<held.count { output.error(error) }
    self.held = nil
  }

  /// Adds a message that nobody asked for. A client with more than `limit` bytes of output then, or that needs more
  /// than there is `room` for, is given up.
  func push(_ kind: StaticString, _ more: [[UInt8]], limit: Int, room: () -> Int) {
    guard !isEnding else { return }
    defer { onMessage?() }
    let size = more.reduce(output.bytes.count + 64) { $0 + $1.count + 24 }
    guard size <= limit, size <= output.bytes.capacity || size <= room() else {
      isEnding = true
      return
    }
    output.array(more.count + 1)
    output.bulk(kind)
    for part in more { output.bulk(part) }
  }
}

/// What clients have sent of commands that are not whole: one sum for all of them.
final class InputBudget {
  let limit: Int
  var used = 0

  /// What any client may have, however much others have: so those who send short commands do not notice the others.
  static let share = 4096

  /// How many bytes there are in one piece.
  let room: () -> Int

  init(limit: Int, room: @escaping () -> Int = { .max }) { (self.limit, self.room) = (limit, room) }
}

/// Who has subscribed to what.
final class Subscriptions {
  /// Clients that have subscriptions.
  private var clients: [RedisClient] = []

  func run(_ call: Call, by client: RedisClient) {
    switch call.command {
    case .subscribe, .psubscribe:
      let isPattern = call.command == .psubscribe
      if !clients.contains(where: { $0 === client }) { clients.append(client) }
      for name in call.arguments.dropFirst() {
        (isPattern ? client.patterns : client.channels).set(name, .member)
        confirm(isPattern ? "psubscribe" : "subscribe", name, client, call)
      }
    case .unsubscribe, .punsubscribe:
      let isPattern = call.command == .punsubscribe
      let own = isPattern ? client.patterns : client.channels
      var names = Array(call.arguments.dropFirst())
      if names.isEmpty { own.forEach { names.append($0.key) } }
      for name in names {
        if let place = own.find(name) { own.remove(place) }
        confirm(isPattern ? "punsubscribe" : "unsubscribe", name, client, call)
      }
      if names.isEmpty { confirm(isPattern ? "punsubscribe" : "unsubscribe", nil, client, call) }
      if client.subscriptionCount == 0 { clients.removeAll { $0 === client } }
    default: break
    }
  }

  /// Sends a message to all that want it, of whom each may have `limit` bytes of output if there is `room`.
  ///
  /// - Returns: How often it was sent: clients with several patterns that match get it several times.
  func publish(_ message: [UInt8], on channel: [UInt8], limit: Int, room: () -> Int) -> Int {
    var count = 0
    for client in clients {
      if client.channels.find(channel) != nil {
        client.push("message", [channel, message], limit: limit, room: room)
        count += 1
      }
      client.patterns.forEach { entry in
        guard GlobPattern.matches(entry.key, channel) else { return }
        client.push("pmessage", [entry.key, channel, message], limit: limit, room: room)
        count += 1
      }
    }
    return count
  }

  func removeAll(of client: RedisClient) {
    client.channels.removeAll()
    client.patterns.removeAll()
    clients.removeAll { $0 === client }
  }

  private func confirm(
    _ kind: StaticString, _ name: [UInt8]?, _ client: RedisClient, _ call: Call
  ) {
    call.reply.array(3)
    call.reply.bulk(kind)
    if let name { call.reply.bulk(name) } else { call.reply.null() }
    call.reply.count(client.subscriptionCount)
  }
}
