// SPDX-License-Identifier: Apache-2.0

public import XenABI

/// What a frontend asks of the machine: the seam between the drivers and Xen.
///
/// In a guest this issues hypercalls; in a test it is a peer that plays xenconsoled or xenstored.
public protocol Hypercalls {
  /// Tells the peer at the other end of `port` to look at the shared page.
  ///
  /// - Throws: what Xen answered, for example when the port is not bound.
  func notify(_ port: EventChannelPort) throws(HypercallError)

  /// Forgets that `port` was notified. Do this before the look at the page that decides to wait.
  func clearPending(_ port: EventChannelPort)

  /// Sleeps until `port` is notified or the system time is `deadline`; may return early.
  func wait(for port: EventChannelPort, until deadline: SystemTime)

  /// Lets others run for a moment: a daemon that has just woken us may have more to do for us.
  func yield()

  /// The time now.
  func now() -> SystemTime
}

/// A wait for what a peer will do to a shared page, limited in time.
///
/// Use it as `while !condition { guard wait.sleep() else { give up } }`. The first call only clears
/// the pending mark, so that a notification between the next look and the sleep ends the sleep at
/// once. A peer that notifies without end cannot hold us longer.
public struct BoundedWait<Calls: Hypercalls> {
  private let calls: Calls
  private let port: EventChannelPort
  private let milliseconds: UInt64
  private var deadline: SystemTime?

  /// A wait that has not begun.
  ///
  /// - Parameters:
  ///   - port: the channel on which the peer notifies.
  ///   - milliseconds: how long to wait at most, from the first sleep on.
  ///   - calls: the machine.
  public init(for port: EventChannelPort, atMost milliseconds: UInt64, calls: Calls) {
    self.port = port
    self.milliseconds = milliseconds
    self.calls = calls
  }

  /// Sleeps until it is worth looking again; false when the time is up.
  @inline(never)
  public mutating func sleep() -> Bool {
    if let deadline {
      guard calls.now() < deadline else { return false }
      calls.wait(for: port, until: deadline)
    } else {
      deadline = calls.now().advanced(byMilliseconds: milliseconds)
    }
    calls.clearPending(port)
    return true
  }

  /// For a look that left something to do: goes on at once; false when the time is up.
  public mutating func goOn() -> Bool {
    let now = calls.now()
    guard let deadline else {
      deadline = now.advanced(byMilliseconds: milliseconds)
      return true
    }
    return now < deadline
  }
}
