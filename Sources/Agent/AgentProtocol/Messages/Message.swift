// SPDX-License-Identifier: Apache-2.0

public import JSON

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
