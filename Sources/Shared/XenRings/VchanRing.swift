// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Which end of a vchan.
public enum VchanRole: Sendable {
  /// It grants the pages, and was there first.
  case server
  /// It maps them.
  case client
}

/// One end of a vchan's page: two rings of bytes, and what both ends say of themselves.
///
/// Left is what the client writes, right what the server writes. An end that wants to sleep asks for it in the
/// other's byte, and looks once more. Source: `xen/include/public/io/libxenvchan.h`.
public struct VchanRing {
  private let bytes: VchanBytes
  private let role: VchanRole
  private var incoming: RingConsumer
  private var outgoing: RingProducer

  /// Writes the beginning of a vchan into a page: the server's end, with 1 KiB for what the client writes and
  /// 2 KiB for its own.
  ///
  /// - Precondition: `page` has 4 KiB, all zero, is the server's alone, and stays mapped.
  @unsafe public init(page: UnsafeMutableRawPointer) {
    unsafe bytes = VchanBytes(page: page)
    role = .server
    unsafe page.storeBytes(of: 10, toByteOffset: 16, as: UInt16.self)
    unsafe page.storeBytes(of: 11, toByteOffset: 18, as: UInt16.self)
    unsafe incoming = RingConsumer(page: page, range: 1024..<2048, produced: 4, consumed: 0)
    unsafe outgoing = RingProducer(page: page, range: 2048..<4096, produced: 12, consumed: 8)
    bytes.store(VchanPeer.waiting.rawValue, at: VchanBytes.clientLive)
    // The first of each is to be told of.
    bytes.store(VchanWish.all, at: VchanBytes.clientNotify)
    bytes.store(VchanWish.all, at: VchanBytes.serverNotify)
    bytes.store(VchanPeer.connected.rawValue, at: VchanBytes.serverLive)
  }

  /// Takes the client's end of a server's page, and says so in it. The server is to be notified afterwards.
  ///
  /// The indices begin where they stand: what is there already is read.
  ///
  /// - Parameters:
  ///   - page: The shared page.
  ///   - layout: What was read of it, and judged; the page's own say in it is over.
  ///   - pages: Those that the rings have beside it, one after the other in the order of their grants; nil if
  ///     there is none.
  /// - Precondition: all of it is writable, as large as `layout` says, and stays mapped.
  @unsafe public init(
    clientOf page: UnsafeMutableRawPointer, _ layout: VchanLayout, pages: UnsafeMutableRawPointer?
  ) {
    unsafe bytes = VchanBytes(page: page)
    role = .client
    let written = unsafe layout.bytes(of: .client, page, pages)
    let read = unsafe layout.bytes(of: .server, page, pages)
    unsafe outgoing = RingProducer(bytes: written, indices: page, produced: 4, consumed: 0)
    unsafe incoming = RingConsumer(bytes: read, indices: page, produced: 12, consumed: 8)
    bytes.set(VchanWish.all, at: VchanBytes.serverNotify)
    bytes.store(VchanPeer.connected.rawValue, at: VchanBytes.clientLive)
  }

  /// Offset of the byte with which a client says that it is there; 0 when it is not. C name: `cli_live`.
  public static var clientLiveOffset: Int { VchanBytes.clientLive }

  /// What the other end says of itself.
  public var peer: VchanPeer {
    let offset = role == .server ? VchanBytes.clientLive : VchanBytes.serverLive
    return VchanPeer(rawValue: bytes.load(offset)) ?? .gone
  }

  /// Bytes that the other end has written and that were not taken.
  ///
  /// - Throws: `RingError` if its index is impossible.
  public func available() throws(RingError) -> Int { try incoming.available() }

  /// Bytes that were written and that the other end has not taken.
  ///
  /// - Throws: `RingError` if its index is impossible.
  public func pending() throws(RingError) -> Int { try outgoing.pending() }

  /// Takes bytes that the other end has written.
  ///
  /// - Throws: `RingError` if its index is impossible.
  public mutating func read(atMost limit: Int) throws(RingError) -> [UInt8] {
    try incoming.read(atMost: limit)
  }

  /// Writes as much of some bytes, from `offset` on, as there is room for.
  ///
  /// - Returns: How many bytes were written.
  /// - Throws: `RingError` if the other end's index is impossible.
  public mutating func write(_ source: [UInt8], from offset: Int) throws(RingError) -> Int {
    try outgoing.write(source, from: offset)
  }

  /// Whether the other end wants to hear of what has just been done; it is asked once.
  public func mustTell(of deed: VchanWish) -> Bool {
    bytes.clear(
      deed.rawValue, at: role == .server ? VchanBytes.serverNotify : VchanBytes.clientNotify)
  }

  /// Asks the other end to tell us: after it the rings have to be looked at again before a sleep.
  public func wish(for deed: VchanWish) {
    bytes.set(
      deed.rawValue, at: role == .server ? VchanBytes.clientNotify : VchanBytes.serverNotify)
  }

  /// Tells the other end that nobody is here any more.
  public func close() {
    bytes.store(
      VchanPeer.gone.rawValue,
      at: role == .server ? VchanBytes.serverLive : VchanBytes.clientLive)
  }
}

/// What an end of a vchan says of itself.
public enum VchanPeer: UInt8, Sendable {
  /// It is closed.
  case gone = 0
  /// It is there.
  case connected = 1
  /// It has not been there yet: only a client says so, or rather the server for it.
  case waiting = 2
}

/// What an end wants to be told of. C names: `VCHAN_NOTIFY_*`.
public enum VchanWish: UInt8, Sendable {
  /// That the other has written.
  case written = 1
  /// That the other has read.
  case read = 2

  fileprivate static var all: UInt8 { 3 }
}

/// The four bytes between the indices and the rings.
@safe private struct VchanBytes {
  static var clientLive: Int { 20 }
  static var serverLive: Int { 21 }
  static var clientNotify: Int { 22 }
  static var serverNotify: Int { 23 }
  private let page: UnsafeMutableRawPointer

  @unsafe init(page: UnsafeMutableRawPointer) { unsafe self.page = page }

  func load(_ offset: Int) -> UInt8 { with(offset) { $0.load(ordering: .acquiring) } }

  func store(_ value: UInt8, at offset: Int) {
    with(offset) { $0.store(value, ordering: .sequentiallyConsistent) }
  }

  func set(_ bits: UInt8, at offset: Int) {
    _ = with(offset) { $0.bitwiseOr(bits, ordering: .sequentiallyConsistent) }
  }

  /// Clears bits; whether one of them was set.
  func clear(_ bits: UInt8, at offset: Int) -> Bool {
    with(offset) { $0.bitwiseAnd(~bits, ordering: .sequentiallyConsistent).oldValue & bits != 0 }
  }

  /// SAFETY: the offsets above lie within the page.
  private func with<Result>(_ offset: Int, _ body: (borrowing Atomic<UInt8>) -> Result) -> Result {
    unsafe body((page + offset).assumingMemoryBound(to: Atomic<UInt8>.self).pointee)
  }
}
