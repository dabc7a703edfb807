// SPDX-License-Identifier: Apache-2.0

import HostSystem
import JSON

/// Cuts a stream of bytes into messages; knows nothing of where the bytes come from.
public struct MessageReader: Sendable {
  /// Bytes that a head may have, its newline not counted.
  public static var headLimit: Int { 64 << 10 }
  /// Bytes that any body may have, whatever the caller allows.
  public static var absoluteBodyLimit: Int { 1 << 30 }

  /// Bytes that a body may have in this conversation.
  public let bodyLimit: Int

  private var queue = ByteQueue()
  /// So many bytes at the front have been searched for a newline.
  private var searched = 0
  /// The head whose body has not arrived in full.
  private var pending: (head: JSONValue, bodyCount: Int)?
  /// A stream that broke the rules once has no message boundaries any more.
  private var failure: ProtocolError?

  /// Makes a reader that refuses bodies of more than `bodyLimit` bytes.
  public init(bodyLimit: Int = 16 << 20) {
    self.bodyLimit = min(bodyLimit, Self.absoluteBodyLimit)
  }

  /// Bytes received that belong to a message which is not complete.
  public var unfinishedCount: Int {
    queue.count + (pending == nil ? 0 : 1)
  }

  /// Takes bytes as they arrived, cut anywhere.
  public mutating func append(_ bytes: UnsafeRawBufferPointer) { queue.append(bytes) }

  /// Takes bytes as they arrived, cut anywhere.
  public mutating func append(_ bytes: [UInt8]) { queue.append(bytes) }

  /// The next complete message, or nil when more bytes are needed.
  ///
  /// The first error is final: it is thrown again by each later call.
  public mutating func next() throws(ProtocolError) -> Message? {
    if let failure { throw failure }
    do {
      return try step()
    } catch {
      failure = error
      throw error
    }
  }

  private mutating func step() throws(ProtocolError) -> Message? {
    if pending == nil { pending = try takeHead() }
    guard let (head, bodyCount) = pending, queue.count >= bodyCount else { return nil }
    let body = queue.takeFirst(bodyCount)
    pending = nil
    return Message(head: head, body: body)
  }

  private mutating func takeHead() throws(ProtocolError) -> (head: JSONValue, bodyCount: Int)? {
    let searchable = queue.content.prefix(Self.headLimit + 1)
    guard let end = searchable.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) else {
      searched = searchable.count
      guard searched <= Self.headLimit else { throw .headTooLong(limit: Self.headLimit) }
      return nil
    }
    let line = queue.takeFirst(end - searchable.startIndex)
    queue.removeFirst(1)
    searched = 0
    let head: JSONValue
    do {
      head = try JSONValue(parsing: line)
    } catch {
      throw .malformedHead(error)
    }
    guard case .object(let members) = head else { throw .headIsNoObject }
    let rest = members.filter { $0.key != "body" }
    guard let count = head["body"] else { return (.object(rest), 0) }
    guard case .integer(let bodyCount) = count, bodyCount >= 0 else { throw .badBodyCount }
    guard bodyCount <= bodyLimit else {
      throw .bodyTooLarge(count: bodyCount, limit: bodyLimit)
    }
    return (.object(rest), bodyCount)
  }
}
