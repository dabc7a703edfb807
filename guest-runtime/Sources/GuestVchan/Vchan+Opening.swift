// SPDX-License-Identifier: Apache-2.0

import GuestGrants
public import GuestRuntime
import XenABI
import XenGrants
import XenRings

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

  /// Connects to a vchan that another domain offers to this one.
  ///
  /// - Parameters:
  ///   - domain: The server's number; 0 is the control domain.
  ///   - path: Where its two nodes are, relative to that domain's directory, or from the root.
  /// - Returns: The client's end.
  /// - Throws: `GuestError` if there is no vchan, or none for this domain, if it has a client already, if its page
  ///   is not one of libxenvchan's, or has larger rings than the guest maps: 64 KiB each are always possible.
  public borrowing func connectVchan(
    to domain: UInt16, at path: GuestText
  ) throws(GuestError) -> Vchan {
    try Vchan.connected(path, domain, self)
  }
}

// MARK: - The server's end

extension Vchan {
  package static func offered(
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
    let end = unsafe VchanEnd(page: page.address)
    do throws(GuestError) {
      try announce(path, page.reference.rawValue, channel, domain, guest.xenstore)
    } catch {
      guest.events.close(channel)
      page.end()
      throw error
    }
    return Vchan(end, channel, .offered(page, path))
  }

  private static func announce(
    _ path: GuestText, _ reference: UInt32, _ channel: EventChannel, _ domain: UInt16,
    _ store: GuestXenstore
  ) throws(GuestError) {
    try store.transaction { store throws(GuestError) in
      try store.set("\(path)/ring-ref", to: "\(reference)")
      try store.set("\(path)/event-channel", to: "\(channel.number)")
      guard domain != 0 else { return }
      for node: GuestText in [path, "\(path)/ring-ref", "\(path)/event-channel"] {
        let own = try store.permissions(of: node)
        try store.setPermissions(
          Array(own.prefix(1)) + [.init(domain: domain, canRead: true)], of: node)
      }
    }
  }
}

// MARK: - The client's end

extension Vchan {
  package static func connected(
    _ path: GuestText, _ domain: UInt16, _ guest: borrowing Guest
  ) throws(GuestError) -> Vchan {
    let isAbsolute = path.bytes.first == UInt8(ascii: "/")
    let base: GuestText = isAbsolute ? path : "/local/domain/\(domain)/\(path)"
    let reference = try number(of: "\(base)/ring-ref", guest.xenstore)
    let port = try number(of: "\(base)/event-channel", guest.xenstore)
    let page = try ForeignPages([reference], of: DomainID(rawValue: domain))
    let layout: VchanLayout
    var rings: ForeignPages?
    var pages: UnsafeMutableRawPointer?
    do throws(GuestError) {
      layout = try judging(base) { () throws(VchanLayoutError) in
        try unsafe VchanLayout(page: page.address)
      }
      let grants = try judging(base) { () throws(VchanLayoutError) in
        try unsafe layout.grants(in: page.address)
      }
      if !grants.isEmpty {
        let mapped = try ForeignPages(grants, of: DomainID(rawValue: domain))
        unsafe pages = mapped.address
        rings = consume mapped
      }
    } catch {
      page.end()
      throw error
    }
    let channel: EventChannel
    do throws(GuestError) {
      channel = try guest.events.connect(to: port, of: domain)
    } catch {
      if let rings { rings.end() }
      page.end()
      throw error
    }
    let end = unsafe VchanEnd(clientOf: page.address, layout, pages: pages)
    try? guest.events.notify(channel)
    return Vchan(end, channel, .connected(page, rings))
  }

  /// The number in a node; 0 stands for nothing.
  private static func number(
    of node: GuestText, _ store: GuestXenstore
  ) throws(GuestError) -> UInt32 {
    guard let value = try store.number(of: node), let number = UInt32(exactly: value), number != 0
    else { throw GuestError("there is no vchan: \(node) is not there, or no number") }
    return number
  }

  private static func judging<Result>(
    _ path: GuestText, _ body: () throws(VchanLayoutError) -> Result
  ) throws(GuestError) -> Result {
    do throws(VchanLayoutError) {
      return try body()
    } catch {
      switch error {
      case .impossibleSize(let order):
        throw GuestError("the vchan at \(path) has a ring of 2 to the power of \(order) bytes")
      case .overlapping(let left, let right):
        throw GuestError(
          "the rings of the vchan at \(path), 2 to the power of \(left) and of \(right) bytes, overlap"
        )
      case .noGrant(let number):
        throw GuestError("the vchan at \(path) has no grant for page \(number) of its rings")
      }
    }
  }
}
