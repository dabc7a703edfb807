// SPDX-License-Identifier: Apache-2.0

/// What a client of xenstore keeps of its connection, without any I/O: the numbers of requests, which
/// replies have come, and the inbox of watch events.
///
/// A driver sends what `begin` appends to its buffer, hands what it receives to `read`, and the
/// messages that this puts together to `deliver`. Replies are matched by their numbers, in any order.
/// A driver that expects them in the order of the requests compares each with `expected` before it
/// delivers it.
public struct XenstoreSession: Sendable {
  private var reader = XenstoreMessageReader()
  private var exchanges: [XenstoreExchange] = []
  private var lastID: UInt32 = 0
  /// What is watched, and the events that were not taken yet.
  public var inbox = XenstoreInbox()
  /// Replies that answered nothing that was asked, or came twice; they were dropped.
  public private(set) var strayReplies = 0

  /// A session in which nothing was asked yet.
  public init() {}

  // MARK: Requests

  /// Numbers a request, and appends it as it travels to `outgoing`.
  ///
  /// - Precondition: the payload is at most `XenstoreHeader.maximumPayload` bytes long.
  public mutating func begin(
    _ operation: XenstoreOperation, _ payload: [UInt8], in transaction: XenstoreTransaction,
    appendingTo outgoing: inout [UInt8]
  ) -> XenstoreRequestID {
    repeat {
      // 0 is for watch events, the largest number for `SingleXenstoreWrite`.
      lastID = lastID >= .max - 1 ? 1 : lastID + 1
    } while position(of: lastID) != nil
    exchanges.append(XenstoreExchange(id: lastID, operation: operation))
    XenstoreMessage(
      operation: operation, requestID: lastID, transactionID: transaction.id, payload: payload
    ).append(to: &outgoing)
    return XenstoreRequestID(number: lastID)
  }

  /// Takes the reply to a request.
  public mutating func takeReply(to request: XenstoreRequestID) -> XenstoreReply {
    guard let position = position(of: request.number), !exchanges[position].isAbandoned else {
      return .unknown
    }
    guard let reply = exchanges[position].reply else { return .pending }
    let exchange = exchanges.remove(at: position)
    if reply.header.operation == .error {
      return .refused(XenstoreErrorName(payload: reply.payload))
    }
    guard reply.header.operation == exchange.operation else {
      return .mismatched(exchange.operation)
    }
    return .payload(reply.payload)
  }

  /// Gives a request up: its reply, should it still come, is dropped. Its number is not used again
  /// before that.
  public mutating func abandon(_ request: XenstoreRequestID) {
    guard let position = position(of: request.number) else { return }
    if exchanges[position].reply != nil {
      exchanges.remove(at: position)
    } else {
      exchanges[position].isAbandoned = true
    }
  }

  /// Forgets all requests, and the message that has come in part, for a reconnection.
  public mutating func forgetRequests() {
    (exchanges, reader) = ([], XenstoreMessageReader())
  }

  /// Requests of which the reply was not taken; abandoned ones count until they are answered.
  public var requestCount: Int { exchanges.count }

  /// Whether all requests are answered, and no message has come in part.
  public var isSettled: Bool {
    reader.isBetweenMessages && exchanges.allSatisfy { $0.reply != nil }
  }

  /// Whether waiting for a reply is over: it has come, or never will.
  public func isDecided(_ request: XenstoreRequestID) -> Bool {
    guard let position = position(of: request.number) else { return true }
    return exchanges[position].reply != nil || exchanges[position].isAbandoned
  }

  /// The oldest request that is not answered, which a server that keeps their order answers next.
  public var expected: (id: UInt32, operation: XenstoreOperation)? {
    exchanges.first { $0.reply == nil }.map { ($0.id, $0.operation) }
  }

  // MARK: What comes

  /// How many bytes `read` takes at most now: never 0.
  public var needed: Int { reader.needed }

  /// Takes bytes; returns a message if they complete it.
  ///
  /// - Precondition: there are at most `needed` of them.
  /// - Throws: `WireError` if the header breaks the protocol.
  public mutating func read(_ bytes: ArraySlice<UInt8>) throws(WireError) -> XenstoreMessage? {
    try reader.take(bytes)
  }

  /// Takes a message: a watch event to the inbox, a reply to its request.
  public mutating func deliver(_ message: XenstoreMessage) {
    if message.header.operation == .watchEvent { return inbox.add(message.payload) }
    guard let position = position(of: message.header.requestID), exchanges[position].reply == nil
    else {
      strayReplies += 1
      return
    }
    if exchanges[position].isAbandoned {
      exchanges.remove(at: position)
    } else {
      exchanges[position].reply = message
    }
  }

  private func position(of id: UInt32) -> Int? { exchanges.firstIndex { $0.id == id } }
}

/// Names a request of which the reply is still to be fetched.
public struct XenstoreRequestID: Hashable, Sendable {
  let number: UInt32
}

/// What became of a request.
public enum XenstoreReply: Equatable, Sendable {
  /// The reply has not come yet.
  case pending
  /// It was done; the reply brought this.
  case payload([UInt8])
  /// xenstored answered with an error.
  case refused(XenstoreErrorName)
  /// xenstored answered this operation with the reply to another one.
  case mismatched(XenstoreOperation)
  /// The request is not under way: its reply was taken, or it was given up.
  case unknown
}

/// A request that was sent, and its reply once it has come.
private struct XenstoreExchange: Sendable {
  let id: UInt32
  let operation: XenstoreOperation
  var reply: XenstoreMessage?
  /// The reply, should it come, is dropped.
  var isAbandoned = false
}

/// Something changed at or below a watched node, or may have: look at it.
public struct XenstoreWatchEvent: Equatable, Sendable {
  /// The node that changed; relative if the watch was.
  public let path: [UInt8]
  /// The token of the watch.
  public let token: [UInt8]

  /// An event about a node.
  public init(path: [UInt8], token: [UInt8]) {
    (self.path, self.token) = (path, token)
  }
}

/// Watch events that were not taken yet.
///
/// An event says only "look there", so the same one twice is kept once; and there is a limit, so
/// that a storm of them cannot eat the client's memory. Beyond it, an event stands for all below the
/// node that is watched.
public struct XenstoreInbox: Sendable {
  /// What is watched, as an event about the watched node itself.
  public var watches: [XenstoreWatchEvent] = []
  private var events: [XenstoreWatchEvent] = []
  /// Events that did not fit and named no watch.
  public private(set) var dropped = 0

  private static var limit: Int { 128 }

  /// An inbox without watches and events.
  public init() {}

  /// Whether there is no event.
  public var isEmpty: Bool { events.isEmpty }

  /// Adds the event of a message's payload, path and token.
  public mutating func add(_ payload: [UInt8]) {
    let strings = XenstoreStrings.split(payload)
    guard strings.count >= 2 else { return }
    let event = XenstoreWatchEvent(path: strings[0], token: strings[1])
    guard !events.contains(event) else { return }
    if events.count < Self.limit { return events.append(event) }
    guard let watch = watches.first(where: { $0.token == event.token }) else {
      dropped += 1
      return
    }
    if !events.contains(watch) { events.append(watch) }
  }

  /// Takes the oldest event.
  public mutating func take() -> XenstoreWatchEvent? {
    events.isEmpty ? nil : events.removeFirst()
  }

  /// Takes the oldest event of the watches with a token; nil if there is none.
  public mutating func take(token: [UInt8]) -> XenstoreWatchEvent? {
    events.firstIndex { $0.token == token }.map { events.remove(at: $0) }
  }
}
