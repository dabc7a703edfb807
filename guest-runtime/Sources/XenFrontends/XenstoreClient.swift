// SPDX-License-Identifier: Apache-2.0

public import XenABI
import XenRings
public import XenstoreWire

/// The guest's end of xenstore; xenstored is at the other end and is not trusted.
///
/// Several requests may be under way; replies are matched by their numbers. The client as such
/// never waits: `begin` queues a request, `step` moves bytes both ways, `takeReply` and `takeEvent`
/// fetch what has come. The calls that wait are built on these, and each wait is bounded.
/// When xenstored breaks the protocol the client fails for good (`failure`), until `reconnect`.
public struct XenstoreClient<Calls: Hypercalls> {
  let calls: Calls
  let port: EventChannelPort
  var page: XenstorePage
  /// Requests as they travel, of which `sent` bytes are in the ring.
  var outgoing: [UInt8] = []
  var sent = 0
  var reader = XenstoreMessageReader()
  var exchanges: [XenstoreExchange] = []
  var inbox = XenstoreInbox()
  /// What is watched, as an event about the watched node itself.
  var watches: [XenstoreWatchEvent] = []
  private var lastID: UInt32 = 0
  /// Whether xenstored does not serve the page yet; its indices may change until then.
  public internal(set) var isConnecting: Bool

  /// Why nothing works any more; nil as long as it does.
  public internal(set) var failure: XenstoreError?
  /// Replies that answered nothing that was asked, or came twice; they were dropped.
  public internal(set) var strayReplies = 0

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
    isConnecting = !self.page.isConnected
  }

  /// Whether there is room for one more request under way; abandoned ones count until answered.
  public var canBegin: Bool { exchanges.count < Self.requestLimit }

  /// Queues a request; `step` sends it. Does not wait.
  ///
  /// - Throws: `.tooLong`, `.tooManyRequests` unless `canBegin`, or why the connection has failed.
  public mutating func begin(
    _ operation: XenstoreOperation, _ payload: [UInt8], in transaction: XenstoreTransaction = .none
  ) throws(XenstoreError) -> XenstoreRequest {
    if let failure { throw failure }
    guard payload.count <= XenstoreHeader.maximumPayload else { throw .tooLong(payload.count) }
    guard canBegin else { throw .tooManyRequests }
    let id = freshID()
    exchanges.append(XenstoreExchange(id: id, operation: operation))
    XenstoreMessage(
      operation: operation, requestID: id, transactionID: transaction.id, payload: payload
    ).append(to: &outgoing)
    return XenstoreRequest(id: id)
  }

  /// Takes the payload of the reply to a request; nil as long as it has not come. Does not wait.
  ///
  /// - Throws: `.refused` as xenstored answered, `.malformedReply`, `.forgotten` for a request that
  ///   is not under way, or why the connection has failed before the reply came.
  public mutating func takeReply(
    to request: XenstoreRequest
  ) throws(XenstoreError) -> [UInt8]? {
    guard let position = position(of: request.id), !exchanges[position].isAbandoned else {
      throw failure ?? .forgotten
    }
    guard let reply = exchanges[position].reply else {
      guard let failure else { return nil }
      exchanges.remove(at: position)
      throw failure
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

  /// Gives a request up: its reply, should it still come, is dropped. Its number is not used again
  /// before that.
  public mutating func abandon(_ request: XenstoreRequest) {
    guard let position = position(of: request.id) else { return }
    if exchanges[position].reply != nil {
      exchanges.remove(at: position)
    } else {
      exchanges[position].isAbandoned = true
    }
  }

  /// Takes the oldest watch event; nil if there is none. Does not wait.
  public mutating func takeEvent() -> XenstoreWatchEvent? { inbox.take() }

  /// Takes the oldest event of the watches with a token; nil if there is none. Does not wait.
  public mutating func takeEvent(token: [UInt8]) -> XenstoreWatchEvent? {
    inbox.take(token: token)
  }

  /// Forgets what was under way, for a connection that is made anew.
  mutating func startOver() {
    (outgoing, sent, exchanges) = ([], 0, [])
    (reader, failure) = (XenstoreMessageReader(), nil)
  }

  /// Where the request with a number is, among those under way.
  func position(of id: UInt32) -> Int? { exchanges.firstIndex { $0.id == id } }

  private mutating func freshID() -> UInt32 {
    repeat {
      // 0 is for watch events, the largest number for `SingleXenstoreWrite`.
      lastID = lastID >= .max - 1 ? 1 : lastID + 1
    } while position(of: lastID) != nil
    return lastID
  }
}
