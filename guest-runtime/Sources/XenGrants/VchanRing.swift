// SPDX-License-Identifier: Apache-2.0

import Synchronization
public import XenRings

/// The server's side of a vchan's page: two rings of bytes, and what both sides say of themselves.
///
/// Left is what the client writes: 1 KiB; right what the server writes: 2 KiB. A side that wants to sleep
/// asks for it in the other's byte, and looks once more. Source: `xen/include/public/io/libxenvchan.h`.
public struct VchanRing {
  private let bytes: VchanBytes
  private var incoming: RingConsumer
  private var outgoing: RingProducer

  /// Writes the beginning of a vchan into a page.
  ///
  /// - Precondition: `page` has 4 KiB, all zero, is the server's alone, and stays mapped.
  @unsafe public init(page: UnsafeMutableRawPointer) {
    unsafe bytes = VchanBytes(page: page)
    unsafe page.storeBytes(of: 10, toByteOffset: 16, as: UInt16.self)
    unsafe page.storeBytes(of: 11, toByteOffset: 18, as: UInt16.self)
    unsafe incoming = RingConsumer(page: page, range: 1024..<2048, produced: 4, consumed: 0)
    unsafe outgoing = RingProducer(page: page, range: 2048..<4096, produced: 12, consumed: 8)
    bytes.store(.waiting, at: VchanBytes.clientLive)
    // The first of each is to be told of.
    bytes.store(VchanWish.all, at: VchanBytes.clientNotify)
    bytes.store(VchanWish.all, at: VchanBytes.serverNotify)
    bytes.store(.connected, at: VchanBytes.serverLive)
  }

  /// What the client says of itself.
  public var client: VchanPeer {
    VchanPeer(rawValue: bytes.load(VchanBytes.clientLive)) ?? .gone
  }

  /// Takes bytes that the client has written.
  ///
  /// - Throws: `RingError` if the client's index is impossible.
  public mutating func read(atMost limit: Int) throws(RingError) -> [UInt8] {
    try incoming.read(atMost: limit)
  }

  /// Writes as much of some bytes, from `offset` on, as there is room for.
  ///
  /// - Returns: How many bytes were written.
  /// - Throws: `RingError` if the client's index is impossible.
  public mutating func write(_ source: [UInt8], from offset: Int) throws(RingError) -> Int {
    try outgoing.write(source, from: offset)
  }

  /// Whether the client wants to hear of what has just been done; it is asked once.
  public func mustTell(of deed: VchanWish) -> Bool {
    bytes.clear(deed.rawValue, at: VchanBytes.serverNotify)
  }

  /// Asks the client to tell us: after it the rings have to be looked at again before a sleep.
  public func wish(for deed: VchanWish) { bytes.set(deed.rawValue, at: VchanBytes.clientNotify) }

  /// Tells the client that there is no server any more.
  public func close() { bytes.store(.gone, at: VchanBytes.serverLive) }
}

/// What a side of a vchan says of itself.
public enum VchanPeer: UInt8, Sendable {
  /// It has closed its end.
  case gone = 0
  /// It is there.
  case connected = 1
  /// It has not been there yet.
  case waiting = 2
}

/// What a side wants to be told of. C names: `VCHAN_NOTIFY_*`.
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

  func store(_ value: VchanPeer, at offset: Int) { store(value.rawValue, at: offset) }

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
