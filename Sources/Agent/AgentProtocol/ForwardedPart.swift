// SPDX-License-Identifier: Apache-2.0

public import AgentMultiplexer

/// What is said of one connection to a port of the guest that runs, in either direction.
public struct ForwardedPart: Equatable, Sendable {
  public enum Content: Equatable, Sendable {
    /// Somebody wants to connect to this port; said by pvh, first of all.
    case open(port: Int)
    case piece(RelayPiece)
  }

  /// The connection's number, which pvh has chosen.
  public var connection: Int
  public var content: Content

  public init(_ connection: Int, _ content: Content) {
    self.connection = connection
    self.content = content
  }

  public init(_ connection: Int, _ piece: RelayPiece) { self.init(connection, .piece(piece)) }
}

extension ForwardedPart: WireValue {
  static var blank: ForwardedPart { ForwardedPart(0, .end) }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("connection", &connection, .count)
    try fields.pass(word: "says", &content)
    try content.pass(&fields)
  }
}

extension ForwardedPart.Content: WireChoice {
  static let blanks: [Self] = [
    .open(port: 0), .piece(.data([])), .piece(.end), .piece(.room(0)), .piece(.broken(nil)),
  ]

  var word: String {
    switch self {
    case .open: "open"
    case .piece(.data): "data"
    case .piece(.end): "end"
    case .piece(.room): "room"
    case .piece(.broken): "broken"
    }
  }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    switch self {
    case .open(let port):
      let port = try fields.passed("port", port, .count)
      try fields.require((1...65_535).contains(port), "port", "a number from 1 to 65535")
      self = .open(port: port)
    case .piece(.data(let bytes)): self = .piece(.data(fields.passed(body: bytes)))
    case .piece(.end): break
    case .piece(.room(let count)): self = .piece(.room(try fields.passed("count", count, .count)))
    case .piece(.broken(var reason)):
      try fields.pass("reason", &reason, .text)
      self = .piece(.broken(reason))
    }
  }
}
