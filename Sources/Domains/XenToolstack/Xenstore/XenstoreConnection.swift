// SPDX-License-Identifier: Apache-2.0

import DomainModel
import Glibc
import HostSystem
import XenstoreWire

/// A connection to xenstored.
///
/// Requests that do not need each other's answers go out together: xenstored answers them in their
/// order. What ends the connection ends it for good.
final class XenstoreConnection {
  /// What became of a request: the payload of the reply, or nil for the refusal that it expects.
  typealias Answer = Result<[UInt8]?, XenstoreFailure>

  /// Milliseconds that xenstored may take: no more than a busy machine needs.
  static let patience = 30_000

  private(set) var channel: XenstoreChannel?
  private let patience: Int
  private var reader = XenstoreMessageReader()
  private var buffer = [UInt8](
    repeating: 0, count: XenstoreHeader.size + XenstoreHeader.maximumPayload)
  private var lastID: UInt32 = 0
  /// Requests that are not answered yet, by their numbers; the first is answered next.
  private var underWay: ArraySlice<(id: UInt32, operation: XenstoreOperation)> = []
  private var replies: [XenstoreMessage] = []
  /// Why nothing works any more; nil as long as it does.
  private(set) var ending: XenstoreFailure?
  /// Events that have come until now.
  private(set) var eventCount = 0
  /// Those that somebody has taken.
  var takenEventCount = 0
  /// What wakes those who wait for events; nil as long as nothing is watched.
  var signal: EventSignal?

  /// Connects to xenstored, wherever it is.
  convenience init(
    to path: String = XenstoreAddress.standard, patience: Int = XenstoreConnection.patience
  ) throws(ToolstackError) {
    self.init(try XenstoreChannel(to: path, patience: patience), patience: patience)
  }

  /// Talks to xenstored through an open channel.
  init(_ channel: XenstoreChannel, patience: Int = XenstoreConnection.patience) {
    (self.channel, self.patience) = (channel, patience)
  }

  /// Sends requests together, and waits for all answers.
  func answers(to requests: [XenstoreRequest]) -> [Answer] {
    var replies = exchange(requests.filter(\.isSendable))[...]
    return requests.map { request in
      if !request.isSendable { return .failure(.refused(E2BIG)) }
      guard let reply = replies.popFirst() else {
        return .failure(ending ?? .malformed("no answer"))
      }
      guard reply.header.operation == .error else { return .success(reply.payload) }
      let code = XenstoreErrorName(payload: reply.payload).code
      return code == request.answer ? .success(nil) : .failure(.refused(code))
    }
  }

  /// The replies to requests, fewer if the connection ends.
  private func exchange(_ requests: [XenstoreRequest]) -> [XenstoreMessage] {
    guard let channel, !requests.isEmpty else { return [] }
    var outgoing = OutgoingMessages(isSingly: channel.isDevice)
    for request in requests {
      lastID = lastID == .max ? 1 : lastID + 1
      underWay.append((lastID, request.operation))
      outgoing.append(
        XenstoreMessage(
          operation: request.operation, requestID: lastID, transactionID: request.transaction,
          payload: request.payload))
    }
    let deadline = MonotonicTime.now.adding(milliseconds: patience)
    while ending == nil, !underWay.isEmpty {
      if let code = outgoing.send(through: channel) {
        end(.ended(code))
      } else if channel.wait(sending: !outgoing.isEmpty, until: deadline) {
        receive()
      } else {
        end(.silent(patience))
      }
    }
    // Somebody may be about to sleep, and what came beside the replies is in the channel no more.
    if eventCount != takenEventCount { signal?.ring() }
    defer { replies = [] }
    return replies
  }

  /// Takes in what has come; false if nothing had.
  @discardableResult
  func receive() -> Bool {
    guard let channel else { return false }
    switch channel.receive(into: &buffer) {
    case .notNow: return false
    case .over(let code): end(.ended(code))
    case .bytes(let count):
      var rest = buffer[..<count]
      while !rest.isEmpty, ending == nil {
        let part = rest.prefix(reader.needed)
        rest = rest.dropFirst(part.count)
        do throws(WireError) {
          if let message = try reader.take(part) { deliver(message) }
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
    guard let (id, operation) = underWay.popFirst() else {
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
    replies.append(message)
  }

  /// Ends the connection, with which xenstored forgets its watches and transactions.
  func end(_ failure: XenstoreFailure) {
    if ending == nil { ending = failure }
    channel = nil
    underWay = []
  }
}
