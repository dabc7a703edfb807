// SPDX-License-Identifier: Apache-2.0

public import XenABI
import XenRings
public import XenstoreWire

/// The guest's end of xenstore; xenstored is at the other end and is not trusted.
///
/// Several requests may be under way; replies are matched by their numbers. Every wait is bounded.
/// When xenstored breaks the protocol the client fails for good (`failure`), until `reconnect`.
public struct XenstoreClient<Calls: Hypercalls> {
  let calls: Calls
  let port: EventChannelPort
  var page: XenstorePage
  private var outgoing: [UInt8] = []
  private var sent = 0
  private var reader = XenstoreMessageReader()
  private var exchanges: [XenstoreExchange] = []
  var inbox = XenstoreInbox()
  var watches: [(path: [UInt8], token: [UInt8])] = []
  private var lastID: UInt32 = 0

  /// Why nothing works any more; nil as long as it does.
  public private(set) var failure: XenstoreError?
  /// Replies that answered nothing that was asked, or came twice; they were dropped.
  public private(set) var strayReplies = 0

  /// Requests that may be under way; xenstored serves no more at a time by default.
  public static var requestLimit: Int { 20 }
  /// How long a reply may take, in milliseconds.
  public static var patience: UInt64 { 5000 }

  /// The client on a mapped xenstore page.
  ///
  /// - Precondition: `page` is the 4 KiB xenstore page and stays mapped.
  @unsafe public init(page: UnsafeMutableRawPointer, port: EventChannelPort, calls: Calls) {
    unsafe self.page = XenstorePage(unsafeAddress: page)
    self.port = port
    self.calls = calls
  }

  /// Sends a request and does not wait for its reply, unless too many are under way.
  ///
  /// - Throws: `XenstoreError` if it cannot be sent.
  public mutating func begin(
    _ operation: XenstoreOperation, _ payload: [UInt8], in transaction: XenstoreTransaction = .none
  ) throws(XenstoreError) -> XenstoreRequest {
    guard payload.count <= XenstoreHeader.maximumPayload else { throw .tooLong(payload.count) }
    try wait(Self.patience) { $0.exchanges.count < Self.requestLimit }
    // 0 is for watch events, the largest number for `SingleXenstoreWrite`.
    lastID = lastID >= .max - 1 ? 1 : lastID + 1
    exchanges.append(XenstoreExchange(id: lastID, operation: operation))
    XenstoreMessage(
      operation: operation, requestID: lastID, transactionID: transaction.id, payload: payload
    ).append(to: &outgoing)
    try pump()
    return XenstoreRequest(id: lastID)
  }

  /// Waits for the reply to a request; returns its payload.
  ///
  /// - Throws: `XenstoreError` if xenstored refuses, breaks the protocol or does not answer.
  public mutating func finish(_ request: XenstoreRequest) throws(XenstoreError) -> [UInt8] {
    do throws(XenstoreError) {
      try wait(Self.patience) { $0.reply(to: request) != nil }
    } catch {
      if let position = position(of: request.id) { exchanges[position].isAbandoned = true }
      throw error
    }
    guard let position = position(of: request.id), let reply = exchanges[position].reply else {
      throw .timedOut
    }
    let exchange = exchanges.remove(at: position)
    if reply.header.operation == .error {
      throw .refused(XenstoreErrorName(payload: reply.payload))
    }
    guard reply.header.operation == exchange.operation else {
      throw .malformedReply(exchange.operation)
    }
    return reply.payload
  }

  /// Sends a request and waits for its reply.
  ///
  /// - Throws: what `begin` and `finish` throw.
  mutating func ask(
    _ operation: XenstoreOperation, _ payload: [UInt8], in transaction: XenstoreTransaction = .none
  ) throws(XenstoreError) -> [UInt8] {
    try finish(try begin(operation, payload, in: transaction))
  }

  /// Waits until `condition` holds, moving bytes both ways meanwhile.
  mutating func wait(
    _ milliseconds: UInt64, until condition: (Self) -> Bool
  ) throws(XenstoreError) {
    var wait = BoundedWait(for: port, atMost: milliseconds, calls: calls)
    while true {
      try pump()
      if condition(self) { return }
      guard wait.sleep() else { throw .timedOut }
    }
  }

  /// Forgets what was under way, after the connection was made anew.
  mutating func startOver() {
    (outgoing, sent, exchanges) = ([], 0, [])
    (reader, failure) = (XenstoreMessageReader(), nil)
  }
}

// MARK: - Moving bytes

extension XenstoreClient {
  /// The most bytes that one look at the page takes in, so that a peer that never stops sending
  /// cannot hold us.
  private static var appetite: Int { 16 << 10 }

  /// Moves what can be moved without waiting; tells xenstored if anything was.
  private mutating func pump() throws(XenstoreError) {
    if let failure { throw failure }
    do throws(XenstoreError) {
      let hasSent = try send()
      if try receive() || hasSent { try? calls.notify(port) }
      if page.error != 0 { throw .serverStopped(page.error) }
    } catch {
      failure = error
      throw error
    }
  }

  private mutating func send() throws(XenstoreError) -> Bool {
    guard sent < outgoing.count else { return false }
    let count = try page.write(outgoing, from: sent)
    sent += count
    if sent == outgoing.count { (outgoing, sent) = ([], 0) }
    return count > 0
  }

  private mutating func receive() throws(XenstoreError) -> Bool {
    var taken = 0
    while taken < Self.appetite {
      let bytes = try page.read(atMost: reader.needed)
      guard !bytes.isEmpty else { break }
      taken += bytes.count
      let message: XenstoreMessage?
      do throws(WireError) { message = try reader.take(bytes[...]) } catch { throw .wire(error) }
      if let message { deliver(message) }
    }
    return taken > 0
  }

  private mutating func deliver(_ message: XenstoreMessage) {
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

  private func reply(to request: XenstoreRequest) -> XenstoreMessage? {
    position(of: request.id).flatMap { exchanges[$0].reply }
  }
}
