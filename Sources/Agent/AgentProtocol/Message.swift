// SPDX-License-Identifier: Apache-2.0

public import HostJSON
import HostSystem

/// One unit of the conversation: a JSON object on one line, then as many raw bytes as it announces.
///
/// Console output and files travel in the body, so they stay byte-exact and cost nothing to encode.
public struct Message: Equatable, Sendable {
  /// The members of the head, without the count of the body.
  public var head: JSONValue
  /// The raw bytes that follow the head.
  public var body: [UInt8]

  /// Makes a message of a head, which has to be an object, and a body.
  public init(head: JSONValue, body: [UInt8] = []) {
    self.head = head
    self.body = body
  }

  /// The bytes that go over the wire.
  public func encoded() -> [UInt8] {
    guard case .object(var members) = head else { preconditionFailure("a head is an object") }
    if !body.isEmpty { members.append(JSONMember("body", .integer(body.count))) }
    var bytes = JSONValue.object(members).serialised()
    bytes.reserveCapacity(bytes.count + 1 + body.count)
    bytes.append(UInt8(ascii: "\n"))
    bytes.append(contentsOf: body)
    return bytes
  }
}

/// Cuts a stream of bytes into messages. It does no I/O.
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
      throw .malformedHead(error, start: Array(line.prefix(ProtocolError.shownBytes)))
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

/// What is wrong with a message of the other side.
public enum ProtocolError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Bytes of a message that are shown when it cannot be read.
  static let shownBytes = 24

  case headTooLong(limit: Int)
  /// `start` has the first bytes.
  case malformedHead(JSONError, start: [UInt8])
  case malformedBody(JSONError, count: Int, start: [UInt8])
  case headIsNoObject
  case badBodyCount
  case bodyTooLarge(count: Int, limit: Int)
  case unknownMessage(type: String)
  case missingField(String, message: String)
  case wrongField(String, message: String, wanted: String)

  /// A sentence for people.
  public var description: String {
    switch self {
    case .headTooLong(let limit):
      "the other side sent no newline in \(limit) bytes: it does not speak the agent protocol"
    case .malformedHead(let error, let start):
      "the head of a message is not JSON: \(error)"
        + (start.isEmpty ? "" : "; it begins \(Self.hexadecimal(start))")
    case .malformedBody(let error, let count, let start):
      "the body of a message, of \(count) bytes, is not JSON: \(error); it begins "
        + Self.hexadecimal(start)
    case .headIsNoObject: "the head of a message is JSON, but not an object"
    case .badBodyCount: "the \"body\" of a head has to be a count of bytes"
    case .bodyTooLarge(let count, let limit):
      "a message announces a body of \(count) bytes; at most \(limit) are accepted here"
    case .unknownMessage(let type): "there is no message of type \"\(type)\""
    case .missingField(let field, let message): "a \"\(message)\" message needs \"\(field)\""
    case .wrongField(let field, let message, let wanted):
      "\"\(field)\" of a \"\(message)\" message has to be \(wanted)"
    }
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}
