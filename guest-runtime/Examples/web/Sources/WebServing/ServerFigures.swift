// SPDX-License-Identifier: Apache-2.0

/// What was served so far.
struct ServerFigures: Sendable {
  /// How many seconds are remembered one by one.
  static let historyLength = 300

  private(set) var requests: UInt64 = 0
  /// Answers that say that something is wrong: 400 and above.
  private(set) var failures: UInt64 = 0
  /// Bytes of answers.
  private(set) var bytes: UInt64 = 0
  private(set) var connections = 0
  private(set) var connectionsInAll: UInt64 = 0
  private(set) var refusedConnections: UInt64 = 0
  let connectionLimit: Int
  /// When it began, in milliseconds.
  let start: UInt64
  /// Requests of a second, at the place of the second in it.
  private var history = [UInt32](repeating: 0, count: historyLength)
  private var second: UInt64

  init(start: UInt64, connectionLimit: Int) {
    self.start = start
    self.connectionLimit = connectionLimit
    second = start / 1000
  }

  mutating func open() -> Bool {
    guard connections < connectionLimit else {
      refusedConnections += 1
      return false
    }
    connections += 1
    connectionsInAll += 1
    return true
  }

  mutating func close() { connections -= 1 }

  mutating func count(_ response: Response, now: UInt64) {
    requests += 1
    if response.status >= 400 { failures += 1 }
    bytes += UInt64(response.head.count + response.body.count)
    advance(to: now / 1000)
    history[Int(second % UInt64(Self.historyLength))] &+= 1
  }

  /// Requests of each of the last seconds, the oldest first; the last one is the second before `now`'s.
  mutating func lastSeconds(now: UInt64) -> [UInt32] {
    advance(to: now / 1000)
    let length = UInt64(Self.historyLength)
    return (1..<length).map { history[Int((second + $0) % length)] }
  }

  /// Forgets the seconds whose places the ones since then have.
  private mutating func advance(to now: UInt64) {
    guard now > second else { return }
    for step in 1...min(now - second, UInt64(Self.historyLength)) {
      history[Int((second + step) % UInt64(Self.historyLength))] = 0
    }
    second = now
  }
}
