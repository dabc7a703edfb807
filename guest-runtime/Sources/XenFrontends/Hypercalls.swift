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
