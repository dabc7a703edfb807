// SPDX-License-Identifier: Apache-2.0

import GuestGrants
public import GuestRuntime
import XenABI
import XenFrontends
import XenGrants
import XenRings

/// A stream of bytes to and from another domain, over one page that the two share and an event channel.
///
/// The guest is the server; `vchan-socket-proxy --mode=client` of xen-utils is a client, and so is any
/// program of libxenvchan. The client is not trusted: one that breaks the protocol is a client that is gone,
/// and every wait ends. Source: `xen/include/public/io/libxenvchan.h`.
public struct Vchan: ~Copyable {
  private var ring: VchanRing
  private let page: GrantedPage
  private let channel: EventChannel
  private let path: GuestText
  private var wasConnected = false
  private var isBroken = false

  private init(
    _ ring: VchanRing, _ page: consuming GrantedPage, _ channel: EventChannel, _ path: GuestText
  ) {
    self.ring = ring
    self.page = page
    self.channel = channel
    self.path = path
  }

  fileprivate static func offered(
    _ path: GuestText, _ domain: UInt16, _ guest: borrowing Guest
  ) throws(GuestError) -> Vchan {
    let page = try GrantedPage(for: DomainID(rawValue: domain))
    let channel: EventChannel
    do throws(GuestError) {
      channel = try guest.events.offer(to: domain)
    } catch {
      page.end()
      throw error
    }
    let ring = unsafe VchanRing(page: page.address)
    do throws(GuestError) {
      try announce(path, page.reference, channel, domain, guest.xenstore)
    } catch {
      guest.events.close(channel)
      page.end()
      throw error
    }
    return Vchan(ring, page, channel, path)
  }

  private static func announce(
    _ path: GuestText, _ reference: GrantReference, _ channel: EventChannel, _ domain: UInt16,
    _ store: GuestXenstore
  ) throws(GuestError) {
    try store.transaction { store throws(GuestError) in
      try store.set("\(path)/ring-ref", to: "\(reference.rawValue)")
      try store.set("\(path)/event-channel", to: "\(channel.number)")
      guard domain != 0 else { return }
      for node: GuestText in [path, "\(path)/ring-ref", "\(path)/event-channel"] {
        let own = try store.permissions(of: node)
        try store.setPermissions(
          Array(own.prefix(1)) + [.init(domain: domain, canRead: true)], of: node)
      }
    }
  }

  /// Whether a client is there now.
  public var isConnected: Bool { !isBroken && ring.client == .connected }

  /// The next bytes that the client has written; waits for some if there are none.
  ///
  /// - Parameters:
  ///   - count: How many at most.
  ///   - limit: How many milliseconds to wait.
  /// - Returns: None when the time is up; nil when the client has gone, or broke the protocol, and all that it
  ///   wrote was read.
  public mutating func read(
    atMost count: Int = 1024, withinMilliseconds limit: UInt64
  ) -> [UInt8]? {
    var wait = BoundedWait(for: port, atMost: limit, calls: XenHypercalls())
    while !isBroken {
      let isGone = hasGone
      do throws(RingError) {
        let bytes = try ring.read(atMost: count)
        if !bytes.isEmpty {
          if ring.mustTell(of: .read) { tell() }
          return bytes
        }
      } catch {
        isBroken = true
        return nil
      }
      guard !isGone else { return nil }
      ring.wish(for: .written)
      guard wait.sleep() else { return [] }
    }
    return nil
  }

  /// Writes bytes, waiting for room where there is none.
  ///
  /// - Parameters:
  ///   - bytes: All of them are written, unless it throws.
  ///   - limit: How many milliseconds to wait for room.
  /// - Throws: `GuestError` if the client has gone, broke the protocol, or has not read in time.
  public mutating func write(
    _ bytes: [UInt8], withinMilliseconds limit: UInt64
  ) throws(GuestError) {
    var wait = BoundedWait(for: port, atMost: limit, calls: XenHypercalls())
    var written = 0
    while written < bytes.count {
      guard !isBroken, !hasGone else { throw GuestError("the client of the vchan has gone") }
      do throws(RingError) {
        let count = try ring.write(bytes, from: written)
        written += count
        if count > 0 {
          if ring.mustTell(of: .written) { tell() }
          continue
        }
      } catch {
        isBroken = true
        continue
      }
      ring.wish(for: .read)
      guard wait.sleep() else {
        throw GuestError("the client of the vchan has not read for \(limit) ms")
      }
    }
  }

  /// Waits for a client; false when the time is up.
  public mutating func accept(withinMilliseconds limit: UInt64) -> Bool {
    var wait = BoundedWait(for: port, atMost: limit, calls: XenHypercalls())
    while ring.client == .waiting, wait.sleep() {}
    return !hasGone && ring.client == .connected
  }

  /// Closes it: the client is told, the nodes are removed, and page and channel are given back. A page that
  /// the client does not let go of is never used again.
  public consuming func close(in guest: borrowing Guest) {
    ring.close()
    tell()
    try? guest.xenstore.remove(path)
    guest.events.close(channel)
    page.end()
  }

  /// Whether there was a client that is not there any more.
  private var hasGone: Bool {
    mutating get {
      switch ring.client {
      case .connected:
        wasConnected = true
        return false
      case .waiting: return wasConnected
      case .gone: return true
      }
    }
  }

  private var port: EventChannelPort { EventChannelPort(rawValue: channel.number) }

  private func tell() { try? XenHypercalls().notify(port) }
}

extension Guest {
  /// Offers a vchan to a domain, at a path of xenstore that the domain knows.
  ///
  /// - Parameters:
  ///   - path: Where its two nodes are, relative to this domain's directory: below `data`.
  ///   - domain: The client's number; 0 is the control domain.
  /// - Returns: The server's end, to which nobody is connected yet.
  /// - Throws: `GuestError` if Xen gives no grant or no event channel, or xenstored refuses.
  public borrowing func offerVchan(
    at path: GuestText, to domain: UInt16 = 0
  ) throws(GuestError) -> Vchan {
    try Vchan.offered(path, domain, self)
  }
}
