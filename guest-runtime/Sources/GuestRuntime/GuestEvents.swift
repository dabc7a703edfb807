// SPDX-License-Identifier: Apache-2.0

package import XenABI
import XenEvents
import XenFrontends

/// Event channels: how other domains and Xen itself wake the guest.
///
/// Handlers run only in `wait` and `poll`, one after the other, never in the middle of other code:
/// they may use everything the guest has. Events may be spurious, and several may come as one, so a
/// handler looks at what the event is about. However often a channel is notified, the handlers of
/// all other pending channels run before its handler runs again.
public struct GuestEvents: Sendable {
  package init() {}

  /// Makes a channel that another domain may connect to. C name: `EVTCHNOP_alloc_unbound`.
  ///
  /// - Parameter domain: the other domain's number; this domain's own is possible, too.
  /// - Returns: our end, whose number the other domain needs to know.
  /// - Throws: `GuestError` if Xen refuses, for example because all ports are in use.
  public func offer(to domain: UInt16) throws(GuestError) -> EventChannel {
    var argument = EventChannelAllocateArgument(for: DomainID(rawValue: domain))
    try issue(HypercallOperation.allocateUnbound, &argument)
    return EventChannel(number: argument.port)
  }

  /// Connects to a port that another domain offers to this one. C name: `EVTCHNOP_bind_interdomain`.
  ///
  /// - Parameters:
  ///   - port: the other domain's port.
  ///   - domain: the other domain's number.
  /// - Returns: our end.
  /// - Throws: `GuestError` if Xen refuses, for example because that port is not offered to us.
  public func connect(
    to port: UInt32, of domain: UInt16
  ) throws(GuestError) -> EventChannel {
    var argument = EventChannelConnectArgument(to: port, of: DomainID(rawValue: domain))
    try issue(HypercallOperation.connect, &argument)
    return EventChannel(number: argument.port)
  }

  /// Wakes the domain at the other end. Does not wait. C name: `EVTCHNOP_send`.
  ///
  /// - Throws: `GuestError` if the channel is closed.
  public func notify(_ channel: EventChannel) throws(GuestError) {
    var argument = EventChannelPortArgument(port: channel.port)
    try issue(HypercallOperation.send, &argument)
  }

  /// From now on `handler` is called for each event of a channel, one that came before among them.
  ///
  /// - Throws: `GuestError` if the channel has a handler already, or does not exist, or if Xen gives
  ///   the guest no way to be woken.
  public func handle(
    _ channel: EventChannel, with handler: @escaping () -> Void
  ) throws(GuestError) {
    try Upcalls.begin(.automatic)
    do throws(EventError) {
      unsafe try Machine.handlers.bind(handler, to: channel.port)
    } catch {
      throw GuestError(error)
    }
    var argument = EventChannelPortArgument(port: channel.port)
    do {
      try issue(HypercallOperation.unmask, &argument)
    } catch {
      unsafe Machine.handlers.unbind(channel.port)
      throw error
    }
  }

  /// Calls a channel's handler no more.
  public func unbind(_ channel: EventChannel) {
    SharedInfo.mapped?.events.mask(channel.port)
    unsafe Machine.handlers.unbind(channel.port)
  }

  /// Closes our end of a channel, and forgets its handler.
  public func close(_ channel: EventChannel) {
    unbind(channel)
    var argument = EventChannelPortArgument(port: channel.port)
    _ = try? issue(HypercallOperation.close, &argument)
  }

  /// Runs the handlers of all channels that are pending, each once.
  ///
  /// - Returns: whether there was one.
  @discardableResult
  public func poll() -> Bool { Upcalls.dispatch() }

  /// Sleeps until a handler has run; nothing wakes the guest but an event with a handler, or the
  /// end of the time.
  ///
  /// - Parameter limit: how long to sleep at most, in milliseconds; nil for ever.
  /// - Returns: false when the time was up first.
  /// - Throws: `GuestError` if Xen gives the guest no way to be woken.
  @discardableResult
  public func wait(withinMilliseconds limit: UInt64? = nil) throws(GuestError) -> Bool {
    let deadline = limit.map { XenHypercalls().now().advanced(byMilliseconds: $0) }
    while !Upcalls.dispatch() {
      if let deadline, XenHypercalls().now() >= deadline { return false }
      try Upcalls.sleep(until: deadline)
    }
    return true
  }

  /// Chooses how Xen interrupts the guest, for those who test toolstacks and hypervisors. Otherwise
  /// the guest takes what there is.
  ///
  /// - Throws: `GuestError` if Xen does not do it so, or another way is in use already.
  public func begin(_ delivery: EventDelivery) throws(GuestError) {
    try Upcalls.begin(delivery)
  }

  private func issue<Argument>(
    _ operation: UInt64, _ argument: inout Argument
  ) throws(GuestError) {
    do throws(HypercallError) {
      try XenHypercalls.issue(.eventChannel, operation, &argument)
    } catch {
      throw GuestError(EventError.refused(error))
    }
  }
}

/// The guest's end of an event channel: one bit, by which two domains wake each other.
public struct EventChannel: Hashable, Sendable {
  let port: EventChannelPort

  /// The local port, which the other domain needs to know to connect; from 1 to 4095.
  public var number: UInt32 { port.rawValue }

  package init(_ port: EventChannelPort) { self.port = port }

  init(number: UInt32) { port = EventChannelPort(rawValue: number) }
}

extension GuestError {
  /// What went wrong with an event channel.
  init(_ error: EventError) {
    switch error {
    case .notAPort(let port):
      self.init("event channel \(port.rawValue) does not exist: there are 1 to 4095")
    case .handled(let port):
      self.init("event channel \(port.rawValue) has a handler already; unbind that one first")
    case .refused(let error):
      self.init("Xen refuses an event channel operation: error \(error.rawValue)")
    }
  }
}
