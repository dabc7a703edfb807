// SPDX-License-Identifier: Apache-2.0

/// A port on which peers may open connections.
public final class TCPListener {
  public let port: UInt16
  private let backlog: Int
  /// Complete connections that nobody took yet, in order.
  private var complete: [TCPConnection] = []
  /// How many peers began a connection and did not complete it.
  private var halfOpen = 0
  public private(set) var isClosed = false

  init(port: UInt16, backlog: Int) {
    self.port = port
    self.backlog = max(1, backlog)
  }

  /// Whether one more connection can wait to be accepted.
  var hasRoom: Bool { !isClosed && complete.count < backlog }

  /// Whether one more peer may begin a connection without a cookie.
  var hasHalfOpenRoom: Bool { halfOpen < backlog }

  /// Whether `accept` has a connection.
  public var isReady: Bool { !complete.isEmpty }

  /// A connection counts as half open.
  func begin(_ connection: TCPConnection) {
    connection.listener = self
    halfOpen += 1
    connection.shared.halfOpen += 1
  }

  /// It does so no more.
  static func leave(_ connection: TCPConnection) {
    guard let listener = connection.listener else { return }
    listener.halfOpen -= 1
    connection.shared.halfOpen -= 1
    connection.listener = nil
  }

  func complete(_ connection: TCPConnection) {
    complete.append(connection)
  }

  /// The connection that waits longest; nil if there is none. It may be over already.
  public func accept() -> TCPConnection? {
    complete.isEmpty ? nil : complete.removeFirst()
  }

  /// Accepts nothing more. What was not accepted is reset.
  public func close() {
    guard !isClosed else { return }
    isClosed = true
    for connection in complete { connection.abort() }
    complete = []
  }
}
