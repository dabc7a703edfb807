// SPDX-License-Identifier: Apache-2.0

import NetWire
import XenFrontends

/// What becomes of a connection as time goes by.
struct TimedWork {
  private let connection: TCPConnection
  private let now: SystemTime

  init(_ connection: TCPConnection, _ now: SystemTime) {
    self.connection = connection
    self.now = now
  }

  /// When a connection wants to be looked at.
  static func deadline(_ connection: TCPConnection) -> UInt64 {
    min(
      min(connection.sender.timer.deadline, stallDeadline(connection)),
      min(connection.delayed.deadline, connection.keepaliveTimer.deadline),
      connection.lifetime.deadline)
  }

  /// When the wait for an answer ends.
  private static func stallDeadline(_ connection: TCPConnection) -> UInt64 {
    guard let since = connection.sender.stalledSince, !connection.isOver else { return .max }
    let limits = connection.shared.limits
    let limit =
      switch connection.state {
      case .synSent: min(limits.connectMilliseconds, connection.userTimeout)
      case .synReceived: limits.halfOpenMilliseconds
      default: connection.userTimeout
      }
    return since.advanced(byMilliseconds: limit).rawValue
  }

  /// Does what is due.
  func run() {
    if connection.isOver { return connection.cancelTimers() }
    if Self.stallDeadline(connection) <= now.rawValue {
      let isUnanswered =
        connection.state == .synSent || connection.state == .synReceived && connection.isPassive
      return giveUp(isReset: !isUnanswered)
    }
    if connection.lifetime.isDue(now) { return giveUp(isReset: connection.state != .finWait2) }
    if connection.sender.timer.isDue(now) {
      connection.sender.timeOut(now)
      if connection.sender.attempts == Sender.silence {
        connection.shared.noteSilence(of: connection.remote.address)
      }
    }
    if connection.delayed.isDue(now) {
      connection.delayed.cancel()
      connection.receiver.isAcknowledgmentDue = true
    }
    if connection.keepaliveTimer.isDue(now) { ask() }
  }

  /// Sets timers that follow from the state.
  func prepare() {
    if connection.isOver { return connection.cancelTimers() }
    if connection.isOrphan, !connection.lifetime.isSet {
      connection.lifetime.set(now, afterMilliseconds: connection.shared.limits.orphanMilliseconds)
    }
    guard let keepalive = connection.keepalive, connection.state.isSynchronized else {
      return connection.keepaliveTimer.cancel()
    }
    if !connection.keepaliveTimer.isSet {
      connection.keepaliveTimer.set(now, afterMilliseconds: keepalive.idleSeconds &* 1000)
    }
  }

  private func giveUp(isReset: Bool) {
    connection.shared.statistics.timeouts += 1
    connection.mustReset = isReset
    connection.end(connection.isSaidUnreachable ? .unreachable : .timedOut)
  }

  private func ask() {
    connection.keepaliveTimer.cancel()
    guard let keepalive = connection.keepalive else { return }
    let quiet = connection.lastHeard.advanced(byMilliseconds: keepalive.idleSeconds &* 1000)
    if connection.questions == 0, quiet > now {
      return connection.keepaliveTimer.set(now, after: quiet.rawValue - now.rawValue)
    }
    // What is on its way is a question by itself.
    if connection.sender.flight == 0 {
      if connection.questions >= keepalive.questions { return giveUp(isReset: true) }
      connection.questions += 1
      connection.mustAsk = true
    }
    connection.keepaliveTimer.set(now, afterMilliseconds: keepalive.intervalSeconds &* 1000)
  }
}

/// How a silent peer is asked whether it is still there. Source: RFC 9293, section 3.8.4.
public struct TCPKeepalive: Equatable, Sendable {
  /// Seconds without a word before the first question.
  public var idleSeconds: UInt64 = 7200
  /// Seconds between questions.
  public var intervalSeconds: UInt64 = 75
  /// Questions without an answer after which the connection ends.
  public var questions = 9

  public init() {}

  /// For those who serve: a peer that has vanished is noticed after four minutes.
  public static var attentive: TCPKeepalive {
    var keepalive = TCPKeepalive()
    keepalive.idleSeconds = 120
    keepalive.intervalSeconds = 30
    keepalive.questions = 4
    return keepalive
  }
}
