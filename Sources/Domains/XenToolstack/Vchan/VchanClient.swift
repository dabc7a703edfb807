// SPDX-License-Identifier: Apache-2.0

public import SystemPackage
public import XenDomainModel
import XenRings

/// The control domain's end of a vchan that a guest serves: a stream of bytes, which never waits.
///
/// The guest is not trusted: `VchanEnd` says what that means for the stream. It learns that this end is closed,
/// also when this process is killed. Source: `xen/include/public/io/libxenvchan.h`.
public final class VchanClient {
  private let channel: EventChannelLink
  /// The shared page, and the pages that rings have for themselves.
  private var pages: [MappedGrants]
  private var end: VchanEnd

  init(_ nodes: VchanNodes, of domain: Domain) throws(ToolstackError) {
    let channel = try EventChannelLink(to: nodes.port, of: domain, path: nodes.path)
    let device = try GrantDevice()
    func mapped(_ references: [UInt32], atEnd: MappedGrants.AtEnd? = nil)
      throws(ToolstackError) -> MappedGrants
    {
      try MappedGrants(references, of: domain, device, path: nodes.path, atEnd: atEnd)
    }
    let page = try mapped(
      [nodes.reference], atEnd: .init(clearedByte: VchanRing.clientLiveOffset, port: channel.port))
    let layout = try nodes.judging { () throws(VchanLayoutError) in
      try VchanLayout(page: page.address)
    }
    let grants = try nodes.judging { () throws(VchanLayoutError) in
      try layout.grants(in: page.address)
    }
    let rings = try grants.isEmpty ? nil : mapped(grants)
    self.channel = channel
    pages = [page] + [rings].compactMap { $0 }
    end = VchanEnd(clientOf: page.address, layout, pages: rings?.address)
    channel.notify()
  }

  deinit {
    // The shared page last: with it the guest is told.
    while pages.popLast() != nil {}
  }

  /// Readable when there may be something to do: `takeEvents` comes first then.
  public var descriptor: FileDescriptor { channel.descriptor }

  /// Takes the notifications that have come.
  public func takeEvents() { channel.takeEvents() }

  /// The next bytes of the guest's: none if there are none now, nil if it has closed its end, and all was read.
  public func read(atMost count: Int) -> [UInt8]? {
    end.read(atMost: count, telling: channel.notify)
  }

  /// Writes as much of some bytes as there is room for; nil if the guest has closed its end.
  ///
  /// - Precondition: there is at least one byte.
  public func write(_ bytes: [UInt8]) -> Int? {
    end.write(bytes, from: 0, telling: channel.notify)
  }

  /// Bytes that were written and that the guest has not taken; nil if it broke the protocol.
  public func unread() -> Int? { end.unread() }

  /// Notifies the guest once more, if it may have missed that something was written.
  public func remind() { if end.needsReminder { channel.notify() } }

  /// What the guest did to the ring that cannot be, if it did.
  public var failure: String? {
    guard case .corruptIndices(let produced, let consumed) = end.failure else { return nil }
    return "the indices of a ring are \(produced) and \(consumed), further apart than it is large"
  }
}

extension ControlDomain {
  /// Connects to a vchan that a guest serves.
  ///
  /// - Parameters:
  ///   - domain: the guest's.
  ///   - path: where its nodes are in xenstore, in the domain's own directory or from the root.
  /// - Returns: our end.
  /// - Throws: `ToolstackError` if there is none, if it is not for the control domain, if it has a client
  ///   already, and if its page makes no sense.
  public func connectVchan(of domain: Domain, at path: String) throws(ToolstackError) -> VchanClient
  {
    try VchanClient(try VchanNodes(at: path, of: domain, store: store), of: domain)
  }
}
