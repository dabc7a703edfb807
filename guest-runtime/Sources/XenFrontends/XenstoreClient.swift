// SPDX-License-Identifier: Apache-2.0

public import XenABI
import XenRings
public import XenstoreWire

/// The guest's end of xenstore; xenstored is at the other end and is not trusted.
///
/// Several requests may be under way; `XenstoreSession` matches their replies. The client as such
/// never waits: `begin` queues a request, `step` moves bytes both ways, `takeReply` and `takeEvent`
/// fetch what has come. The calls that wait are built on these, and each wait is bounded.
/// When xenstored breaks the protocol the client fails for good (`failure`), until `reconnect`.
public struct XenstoreClient<Calls: Hypercalls> {
  private let calls: Calls
  private let port: EventChannelPort
  private var page: XenstorePage
  var session = XenstoreSession()
  /// Requests as they travel, of which `sent` bytes are in the ring.
  private var outgoing: [UInt8] = []
  private var sent = 0
  /// Whether xenstored does not serve the page yet; its indices may change until then.
  public private(set) var isConnecting: Bool
  /// Why nothing works any more; nil as long as it does.
  public private(set) var failure: XenstoreError?

  /// Requests that may be under way; xenstored serves no more at a time by default.
  public static var requestLimit: Int { 20 }
  /// How long a reply may take, in milliseconds.
  public static var patience: UInt64 { 5000 }
  /// The most bytes that one step takes in, so that a peer that never stops sending cannot hold us.
  private static var appetite: Int { 16 << 10 }

  /// The client on a mapped xenstore page.
  ///
  /// - Precondition: `page` is the 4 KiB xenstore page and stays mapped.
  @unsafe public init(page: UnsafeMutableRawPointer, port: EventChannelPort, calls: Calls) {
    unsafe self.page = XenstorePage(unsafeAddress: page)
    self.port = port
    self.calls = calls
    isConnecting = !self.page.isConnected
  }

  /// Replies that answered nothing that was asked, or came twice; they were dropped.
  public var strayReplies: Int { session.strayReplies }

  /// Events that did not fit into the inbox and named no watch of ours.
  public var droppedEvents: Int { session.inbox.dropped }

  // MARK: Without waiting

  /// Whether there is room for one more request under way; abandoned ones count until answered.
  public var canBegin: Bool { session.requestCount < Self.requestLimit }

  /// Queues a request; `step` sends it.
  ///
  /// - Throws: `.tooLong`, `.tooManyRequests` unless `canBegin`, or why the connection has failed.
  public mutating func begin(
    _ operation: XenstoreOperation, _ payload: [UInt8], in transaction: XenstoreTransaction = .none
  ) throws(XenstoreError) -> XenstoreRequestID {
    if let failure { throw failure }
    guard payload.count <= XenstoreHeader.maximumPayload else { throw .tooLong(payload.count) }
    guard canBegin else { throw .tooManyRequests }
    return session.begin(operation, payload, in: transaction, appendingTo: &outgoing)
  }

  /// Begins to ask for the events of a node, and those below it: `takeEvent` has them.
  ///
  /// - Throws: what `begin` throws.
  public mutating func beginWatch(
    _ path: [UInt8], token: [UInt8]
  ) throws(XenstoreError) -> XenstoreRequestID {
    let request = try begin(.watch, XenstoreStrings.joined([path, token]))
    let watch = XenstoreWatchEvent(path: path, token: token)
    // Begun a second time it is still one watch, which a reconnection registers once.
    if !session.inbox.watches.contains(watch) { session.inbox.watches.append(watch) }
    return request
  }

  /// Begins to take a watch back.
  ///
  /// - Throws: what `begin` throws.
  public mutating func beginUnwatch(
    _ path: [UInt8], token: [UInt8]
  ) throws(XenstoreError) -> XenstoreRequestID {
    let request = try begin(.unwatch, XenstoreStrings.joined([path, token]))
    session.inbox.watches.removeAll { $0.path == path && $0.token == token }
    return request
  }

  /// Takes the payload of the reply to a request; nil as long as it has not come.
  ///
  /// - Throws: `.refused` as xenstored answered, `.malformedReply`, `.forgotten` for a request that
  ///   is not under way, or why the connection has failed before the reply came.
  public mutating func takeReply(
    to request: XenstoreRequestID
  ) throws(XenstoreError) -> [UInt8]? {
    switch session.takeReply(to: request) {
    case .payload(let payload): return payload
    case .refused(let name): throw .refused(name)
    case .mismatched(let operation): throw .malformedReply(operation)
    case .unknown: throw failure ?? .forgotten
    case .pending:
      guard let failure else { return nil }
      session.abandon(request)
      throw failure
    }
  }

  /// Gives a request up: its reply, should it still come, is dropped.
  public mutating func abandon(_ request: XenstoreRequestID) { session.abandon(request) }

  /// Takes the oldest watch event; nil if there is none.
  public mutating func takeEvent() -> XenstoreWatchEvent? { session.inbox.take() }

  /// Takes the oldest event of the watches with a token; nil if there is none.
  public mutating func takeEvent(token: [UInt8]) -> XenstoreWatchEvent? {
    session.inbox.take(token: token)
  }

  /// Moves requests out and replies and events in, as far as that goes without waiting; tells
  /// xenstored if anything moved. Call it after `begin`, and whenever the port was notified.
  ///
  /// - Returns: whether there is more to take in at once: xenstored need not notify for that.
  /// - Throws: why the connection has failed: now, or earlier.
  @discardableResult
  public mutating func step() throws(XenstoreError) -> Bool {
    if let failure { throw failure }
    // Until xenstored serves the page nothing else in it counts.
    guard page.isConnected else { return false }
    if isConnecting {
      page = page.reopened
      isConnecting = false
    }
    do throws(XenstoreError) {
      let hasSent = try send()
      let taken = try receive()
      if hasSent || taken > 0 { try? calls.notify(port) }
      if let code = page.error { throw .serverStopped(code) }
      return taken >= Self.appetite
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

  private mutating func receive() throws(XenstoreError) -> Int {
    var taken = 0
    while taken < Self.appetite {
      let bytes = try page.read(atMost: session.needed)
      guard !bytes.isEmpty else { break }
      taken += bytes.count
      do throws(WireError) {
        if let message = try session.read(bytes[...]) { session.deliver(message) }
      } catch {
        throw .wire(error)
      }
    }
    return taken
  }

  /// Whether this xenstored can reconnect.
  public var canReconnect: Bool { page.canReconnect }

  /// Asks xenstored to reconnect: `step` sees it through. What was under way is
  /// forgotten, transactions are gone, and the watches have to be registered again.
  ///
  /// - Throws: `.cannotReconnect` if this xenstored does not offer it.
  public mutating func beginReconnection() throws(XenstoreError) {
    guard canReconnect else { throw .cannotReconnect }
    session.forgetRequests()
    (outgoing, sent, failure) = ([], 0, nil)
    isConnecting = true
    page.askForReconnection()
    try? calls.notify(port)
  }

  // MARK: Waiting

  /// Sends a request and waits for its reply; first for room, if too many are under way.
  ///
  /// - Throws: what `begin` and `finish` throw; `.timedOut` if there is no room either.
  mutating func ask(
    _ operation: XenstoreOperation, _ payload: [UInt8], in transaction: XenstoreTransaction = .none
  ) throws(XenstoreError) -> [UInt8] {
    if !canBegin { try wait(Self.patience) { $0.canBegin } }
    return try finish(try begin(operation, payload, in: transaction))
  }

  /// Waits for the reply to a request; returns its payload.
  ///
  /// - Throws: what `takeReply` throws; `.timedOut` if it does not come, and then the request is
  ///   abandoned.
  public mutating func finish(_ request: XenstoreRequestID) throws(XenstoreError) -> [UInt8] {
    do throws(XenstoreError) {
      try wait(Self.patience) { $0.session.isDecided(request) }
    } catch {
      // A connection that has failed may have brought the reply before.
      guard error != .timedOut else {
        abandon(request)
        throw error
      }
    }
    guard let payload = try takeReply(to: request) else { throw .timedOut }
    return payload
  }

  /// Waits until all requests are answered and no message is in the rings in part; as long as a reply
  /// may take at most. After that the page is free for `SingleXenstoreWrite`.
  public mutating func settle() {
    try? wait(Self.patience) { $0.session.isSettled }
  }

  /// Waits until `condition` holds, moving bytes both ways.
  mutating func wait(
    _ milliseconds: UInt64, until condition: (Self) -> Bool
  ) throws(XenstoreError) {
    var wait = BoundedWait(for: port, atMost: milliseconds, calls: calls)
    while !condition(self) {
      let hasMore = try step()
      if condition(self) { return }
      guard hasMore ? wait.goOn() : wait.sleep() else { throw .timedOut }
      // xenstored wakes us for each reply. On a CPU that we share with it, all that are on their way
      // are there after this, for one turn of ours.
      if session.requestCount > 1 { calls.yield() }
    }
  }
}
