// SPDX-License-Identifier: Apache-2.0

import GuestGrants
public import GuestRuntime
import XenABI
import XenFrontends
import XenRings

/// A stream of bytes to and from another domain, over a page that the two share and an event channel.
///
/// The guest is the server, which offers it, or the client, which connects to it; the other end is a guest of
/// this kit, `pvh vchan`, `vchan-socket-proxy` of xen-utils, or another program of libxenvchan. It is not
/// trusted: one that breaks the protocol is one that is gone, and every wait ends. Source:
/// `xen/include/public/io/libxenvchan.h`.
public struct Vchan: ~Copyable {
  /// What is given back at the end.
  enum Means: ~Copyable {
    /// The server's page, and where it is announced.
    case offered(GrantedPage, GuestText)
    /// The server's page as the client has it, and the pages of the rings if they have some.
    case connected(ForeignPages, ForeignPages?)
  }

  private var end: VchanEnd
  private let means: Means
  private let channel: EventChannel

  init(_ end: VchanEnd, _ channel: EventChannel, _ means: consuming Means) {
    self.end = end
    self.means = means
    self.channel = channel
  }

  /// Whether somebody is at the other end now.
  public var isConnected: Bool { mutating get { end.isConnected } }

  /// The next bytes that the other end has written; waits for some if there are none.
  ///
  /// - Parameters:
  ///   - count: How many at most.
  ///   - limit: How many milliseconds to wait.
  /// - Returns: None when the time is up; nil when the other end has gone, or broke the protocol, and all that
  ///   it wrote was read.
  public mutating func read(
    atMost count: Int = 1024, withinMilliseconds limit: UInt64
  ) -> [UInt8]? {
    var wait = BoundedWait(for: port, atMost: limit, calls: XenHypercalls())
    let port = port
    while true {
      let bytes = end.read(atMost: count) { Self.tell(port) }
      guard let bytes, bytes.isEmpty, sleep(&wait) else { return bytes }
    }
  }

  /// Writes bytes, waiting for room where there is none.
  ///
  /// - Parameters:
  ///   - bytes: All of them are written, unless it throws.
  ///   - limit: How many milliseconds to wait for room.
  /// - Throws: `GuestError` if the other end has gone, broke the protocol, or has not read in time.
  public mutating func write(
    _ bytes: [UInt8], withinMilliseconds limit: UInt64
  ) throws(GuestError) {
    var wait = BoundedWait(for: port, atMost: limit, calls: XenHypercalls())
    let port = port
    var written = 0
    while written < bytes.count {
      guard let count = end.write(bytes, from: written, telling: { Self.tell(port) }) else {
        throw GuestError("the other end of the vchan has gone")
      }
      written += count
      guard count > 0 || sleep(&wait) else {
        throw GuestError("the other end of the vchan has not read for \(limit) ms")
      }
    }
  }

  /// Waits for a client; false when the time is up, or it has gone already. A client's own end is connected from
  /// the beginning.
  public mutating func accept(withinMilliseconds limit: UInt64) -> Bool {
    var wait = BoundedWait(for: port, atMost: limit, calls: XenHypercalls())
    while end.isOpen, !end.isConnected, wait.sleep() {}
    return end.isConnected
  }

  /// Waits until the other end has read all that was written; false when the time is up, or it has gone before.
  public mutating func drain(withinMilliseconds limit: UInt64) -> Bool {
    var wait = BoundedWait(for: port, atMost: limit, calls: XenHypercalls())
    while let count = end.unread(), count > 0 {
      guard end.isOpen, sleep(&wait) else { return false }
    }
    return end.failure == nil
  }

  /// Closes it: the other end is told, and what it took is given back: a server's nodes, page and channel, a
  /// client's channel and what it had mapped. A page that a client does not let go of is never used again.
  public consuming func close(in guest: borrowing Guest) {
    end.close()
    Self.tell(port)
    let channel = channel
    switch consume means {
    case .offered(let page, let path):
      try? guest.xenstore.remove(path)
      guest.events.close(channel)
      page.end()
    case .connected(let page, let rings):
      guest.events.close(channel)
      if let rings { rings.end() }
      page.end()
    }
  }

  // MARK: For GuestAsyncVchan only

  /// By which the other end wakes us.
  package var wakingChannel: EventChannel { channel }

  /// Whether somebody is at the other end, or may still come.
  package var isOpen: Bool { mutating get { end.isOpen } }

  /// What `read` returns, without waiting.
  package mutating func readNow(atMost count: Int) -> [UInt8]? {
    let port = port
    return end.read(atMost: count) { Self.tell(port) }
  }

  /// How many bytes were written, without waiting; nil if the other end has gone.
  package mutating func writeNow(_ bytes: [UInt8], from offset: Int) -> Int? {
    let port = port
    return end.write(bytes, from: offset) { Self.tell(port) }
  }

  /// How many bytes the other end has not read; nil if it broke the protocol.
  package mutating func unread() -> Int? { end.unread() }

  /// Reminds a server of what it may not have heard of; false if there is no need to.
  package mutating func remind() -> Bool {
    guard end.needsReminder else { return false }
    Self.tell(port)
    return true
  }

  // MARK: Waiting

  /// Sleeps until it is worth looking again; false when the time is up.
  private mutating func sleep(_ wait: inout BoundedWait<XenHypercalls>) -> Bool {
    guard end.needsReminder else { return wait.sleep() }
    let calls = XenHypercalls()
    calls.wait(for: port, until: calls.now().advanced(byMilliseconds: 100))
    calls.clearPending(port)
    Self.tell(port)
    return wait.goOn()
  }

  private var port: EventChannelPort { EventChannelPort(rawValue: channel.number) }

  private static func tell(_ port: EventChannelPort) { try? XenHypercalls().notify(port) }
}
