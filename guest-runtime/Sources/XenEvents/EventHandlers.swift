// SPDX-License-Identifier: Apache-2.0

public import XenABI

/// What is called when a port is notified: at most one handler for each port.
public struct EventHandlers {
  /// What runs for an event. It is called where the guest waits, never in the middle of its code.
  public typealias Handler = () -> Void

  private var handlers: [Handler?] = []

  /// No handlers.
  public init() {}

  /// Binds a handler.
  ///
  /// - Throws: `EventError` if the number is not a port (1 to 4095 are), or the port has a handler
  ///   already: that one stays.
  public mutating func bind(
    _ handler: @escaping Handler, to port: EventChannelPort
  ) throws(EventError) {
    let number = Int(port.rawValue)
    guard port.rawValue != 0, number < EventPage.portCount else { throw .notAPort(port) }
    while handlers.count <= number { handlers.append(nil) }
    guard handlers[number] == nil else { throw .handled(port) }
    handlers[number] = handler
  }

  /// Forgets a port's handler, if it has one.
  public mutating func unbind(_ port: EventChannelPort) {
    guard port.rawValue < UInt32(handlers.count) else { return }
    handlers[Int(port.rawValue)] = nil
  }

  /// A port's handler; nil if it has none.
  public subscript(port: EventChannelPort) -> Handler? {
    port.rawValue < UInt32(handlers.count) ? handlers[Int(port.rawValue)] : nil
  }
}

/// Why a port cannot be used as asked.
public enum EventError: Error, Hashable, Sendable {
  /// The number is 0, or beyond what two-level events have.
  case notAPort(EventChannelPort)
  /// The port has a handler; a second one would take its events away.
  case handled(EventChannelPort)
  /// Xen refused.
  case refused(HypercallError)
}
