// SPDX-License-Identifier: Apache-2.0

/// Cuts a stream of bytes into messages; knows nothing of where the bytes come from.
public struct MessageReader: Sendable {
  /// Bytes that a head may have, its newline not counted.
  public static var headLimit: Int { 64 << 10 }
  /// Bytes that any body may have, whatever the caller allows.
  public static var absoluteBodyLimit: Int { 1 << 30 }

  /// Bytes that a body may have in this conversation.
  public let bodyLimit: Int

  private var buffer: [UInt8] = []
  /// Everything before this index has been handed out.
  private var start = 0
  /// Everything before this index has been searched for a newline.
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
    buffer.count - start + (pending == nil ? 0 : 1)
  }

  /// Takes bytes as they arrived, cut anywhere.
  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    if start == buffer.count {
      buffer.removeAll(keepingCapacity: true)
      (start, searched) = (0, 0)
    } else if start > 1 << 20, start > buffer.count / 2 {
      buffer.removeFirst(start)
      (start, searched) = (0, searched - start)
    }
    buffer.append(contentsOf: bytes)
  }

  /// Takes bytes as they arrived, cut anywhere.
  public mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { append($0) }
  }

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
    guard let (head, bodyCount) = pending, buffer.count - start >= bodyCount else { return nil }
    let body = Array(buffer[start..<start + bodyCount])
    start += bodyCount
    searched = start
    pending = nil
    return Message(head: head, body: body)
  }

  private mutating func takeHead() throws(ProtocolError) -> (head: JSONValue, bodyCount: Int)? {
    let limit = min(buffer.count, start + Self.headLimit + 1)
    while searched < limit, buffer[searched] != UInt8(ascii: "\n") { searched += 1 }
    guard searched < limit else {
      guard limit - start <= Self.headLimit else { throw .headTooLong(limit: Self.headLimit) }
      return nil
    }
    let line = Array(buffer[start..<searched])
    searched += 1
    start = searched
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
