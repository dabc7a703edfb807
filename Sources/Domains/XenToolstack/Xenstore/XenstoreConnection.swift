// SPDX-License-Identifier: Apache-2.0

import Glibc
import XenstoreWire

/// A connection to xenstored.
///
/// Requests that do not need each other's answers go out together: xenstored answers them in their
/// order, so a reply out of order ends the connection. What ends the connection ends it for good.
final class XenstoreConnection {
  /// What became of a request: the payload of the reply, or nil for the refusal that it expects.
  typealias Answer = Result<[UInt8]?, XenstoreFailure>

  /// Milliseconds that xenstored may take: no more than a busy machine needs.
  static let patience = 30_000

  private(set) var channel: XenstoreChannel?
  private let patience: Int
  private var session = XenstoreSession()
  private var buffer = [UInt8](
    repeating: 0, count: XenstoreHeader.size + XenstoreHeader.maximumPayload)
  /// Why nothing works any more; nil as long as it does.
  private(set) var ending: XenstoreFailure?
  /// Events that have come until now. The session's inbox stays empty: callers only ask whether there was
  /// one.
  private(set) var eventCount = 0
  /// Events of which `takeEvents` has told.
  private var takenEventCount = 0
  /// What wakes those who wait for events; nil as long as nothing is watched.
  private var signal: EventSignal?

  convenience init(
    to path: String = XenstoreAddress.standard, patience: Int = XenstoreConnection.patience
  ) throws(ToolstackError) {
    self.init(try XenstoreChannel(to: path, patience: patience), patience: patience)
  }

  init(_ channel: XenstoreChannel, patience: Int = XenstoreConnection.patience) {
    (self.channel, self.patience) = (channel, patience)
  }

  // MARK: Requests

  /// Sends requests together, and waits for all answers.
  func answers(to requests: [XenstoreRequest]) -> [Answer] {
    var outgoing = OutgoingMessages(isSingly: channel?.isDevice == true)
    let numbers = requests.map { request -> XenstoreRequestID? in
      guard channel != nil, request.isSendable else { return nil }
      return outgoing.append { bytes in
        session.begin(
          request.operation, request.payload, in: request.transaction, appendingTo: &bytes)
      }
    }
    exchange(&outgoing)
    return zip(requests, numbers).map { request, number in
      guard request.isSendable else { return .failure(.refused(E2BIG)) }
      switch number.map({ session.takeReply(to: $0) }) {
      case .payload(let payload)?: return .success(payload)
      case .refused(let name)? where name.errno == request.answer: return .success(nil)
      case .refused(let name)?: return .failure(.refused(name.errno))
      case .pending?, .mismatched?, .unknown?, nil:
        return .failure(ending ?? .malformed("no answer"))
      }
    }
  }

  /// Sends messages and receives until all requests are answered, or the connection ends.
  private func exchange(_ outgoing: inout OutgoingMessages) {
    guard let channel, !outgoing.isEmpty else { return }
    let deadline = MonotonicTime.now.adding(milliseconds: patience)
    while ending == nil, session.expected != nil {
      if let code = outgoing.send(through: channel) {
        end(.ended(code))
      } else if channel.wait(sending: !outgoing.isEmpty, until: deadline) {
        receive()
      } else {
        end(.silent(patience))
      }
    }
    // A caller may be about to poll, and an event that came with the replies is no longer in the channel.
    if eventCount != takenEventCount { signal?.ring() }
  }

  /// Takes in what has come; false if nothing had.
  @discardableResult
  private func receive() -> Bool {
    guard let channel else { return false }
    switch channel.receive(into: &buffer) {
    case .notNow: return false
    case .over(let code): end(.ended(code))
    case .bytes(let count):
      var rest = buffer[..<count]
      while !rest.isEmpty, ending == nil {
        let part = rest.prefix(session.needed)
        rest = rest.dropFirst(part.count)
        do throws(WireError) {
          if let message = try session.read(part) { deliver(message) }
        } catch {
          switch error {
          case .oversizePayload(let size): end(.malformed("a message of \(size) bytes"))
          }
        }
      }
    }
    return true
  }

  private func deliver(_ message: XenstoreMessage) {
    let header = message.header
    if header.operation == .watchEvent {
      eventCount += 1
      return
    }
    guard let (id, operation) = session.expected else {
      return end(.malformed("a reply of type \(header.operation.rawValue) to nothing"))
    }
    // The kernel's own answers have no number.
    let isKernels = channel?.isDevice == true && [.watch, .unwatch].contains(operation)
    guard header.requestID == id || isKernels && header.requestID == 0,
      header.operation == operation || header.operation == .error
    else {
      return end(
        .malformed(
          "reply \(header.requestID) of type \(header.operation.rawValue) to request \(id) of "
            + "type \(operation.rawValue)"))
    }
    var answer = message
    answer.header.requestID = id
    session.deliver(answer)
  }

  /// Ends the connection, with which xenstored forgets its watches and transactions.
  func end(_ failure: XenstoreFailure) {
    if ending == nil { ending = failure }
    channel = nil
  }

  // MARK: Events

  /// Makes `descriptor` tell of events.
  func prepareSignal() throws(ToolstackError) {
    if signal == nil, let channel { signal = try EventSignal(on: channel) }
  }

  /// Readable when there may be an event; negative if nothing is watched, or xenstored is gone.
  var descriptor: Int32 { channel == nil ? -1 : signal?.descriptor ?? -1 }

  /// Takes all events that are there; false if there was none.
  func takeEvents() -> Bool {
    while receive() {}
    signal?.reset()
    defer { takenEventCount = eventCount }
    return takenEventCount != eventCount
  }
}

/// Messages on their way to xenstored.
private struct OutgoingMessages {
  /// Whether each message has to be sent by itself.
  private let isSingly: Bool
  /// What is sent in one call each: everything, or one message.
  private var portions: ArraySlice<[UInt8]> = []
  /// Bytes of the first portion that are sent.
  private var sent = 0

  init(isSingly: Bool) {
    self.isSingly = isSingly
  }

  var isEmpty: Bool { portions.isEmpty }

  /// Adds the message that `write` appends; returns what that returns.
  mutating func append<Result>(_ write: (inout [UInt8]) -> Result) -> Result {
    if isSingly || portions.isEmpty { portions.append([]) }
    return write(&portions[portions.endIndex - 1])
  }

  /// Sends as much as can be sent now; a value of errno if that failed.
  mutating func send(through channel: XenstoreChannel) -> Int32? {
    while let portion = portions.first {
      switch channel.send(portion[sent...]) {
      case .notNow: return nil
      case .over(let code): return code
      case .bytes(let count): sent += count
      }
      if sent == portion.count {
        portions.removeFirst()
        sent = 0
      }
    }
    return nil
  }
}
