// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The frontend's end of a ring of requests and responses, which share its slots, in a page that the backend
/// maps.
///
/// The indices of our own side are kept here; what the backend writes over them is never read back. The
/// backend is told of requests, and tells of responses, exactly when the protocol asks for it: Linux makes a
/// frontend wait that sends events which bring nothing. Source: `xen/include/public/io/ring.h`.
@safe public struct RequestRing {
  private let page: UnsafeMutableRawPointer
  private let slotSize: Int
  /// Slots: a power of two.
  public let slotCount: Int
  /// Requests that are written.
  private var produced: UInt32 = 0
  /// Requests that the backend can see.
  private var published: UInt32 = 0
  /// Responses that were taken.
  private var consumed: UInt32 = 0
  /// Responses that there are, as far as the backend's index was looked at.
  private var answered: UInt32 = 0

  /// Begins a ring.
  ///
  /// - Parameters:
  ///   - page: becomes the ring.
  ///   - slotSize: bytes of the larger of request and response, a multiple of 4.
  /// - Precondition: `page` has 4 KiB, is the caller's alone, and stays mapped.
  @unsafe public init(page: UnsafeMutableRawPointer, slotSize: Int) {
    unsafe self.page = page
    self.slotSize = slotSize
    var count = 1
    while count * 2 * slotSize <= 4096 - Offset.slots { count *= 2 }
    slotCount = count
    index(Offset.requestsProduced).store(0)
    index(Offset.responsesProduced).store(0)
    // The first of each is to be told of.
    index(Offset.requestEvent).store(1)
    index(Offset.responseEvent).store(1)
  }

  private enum Offset {
    static var requestsProduced: Int { 0 }
    static var requestEvent: Int { 4 }
    static var responsesProduced: Int { 8 }
    static var responseEvent: Int { 12 }
    static var slots: Int { 64 }
  }

  /// Requests that can be written before a response is taken.
  public var room: Int { slotCount - Int(produced &- consumed) }

  /// Requests that were not answered, as far as responses were taken.
  public var outstanding: Int { Int(produced &- consumed) }

  // MARK: Requests

  /// The next slot, for a request; the backend does not see it before `publish`.
  ///
  /// - Precondition: there is `room`.
  public mutating func nextRequest() -> RingSlot {
    precondition(room > 0, "a ring's slot is written only when it is free")
    defer { produced &+= 1 }
    return slot(produced)
  }

  /// Lets the backend see the requests.
  ///
  /// - Returns: Whether it wants to be told.
  public mutating func publish() -> Bool {
    let before = published
    guard produced != before else { return false }
    index(Offset.requestsProduced).store(produced)
    published = produced
    let wanted = index(Offset.requestEvent).load()
    return produced &- wanted < produced &- before
  }

  // MARK: Responses

  /// The next response; nil if there is none. Its slot is free afterwards: take out of it what counts before
  /// a request is written.
  ///
  /// - Throws: `RingError` if the backend's index is impossible: more responses than requests, or fewer than
  ///   before.
  public mutating func takeResponse() throws(RingError) -> RingSlot? {
    if consumed == answered {
      let seen = index(Offset.responsesProduced).load()
      guard seen &- consumed <= published &- consumed else {
        throw .corruptIndices(produced: seen, consumed: consumed)
      }
      answered = seen
      guard consumed != seen else { return nil }
    }
    defer { consumed &+= 1 }
    return slot(consumed)
  }

  /// Asks to be told when there are responses. After it the ring has to be looked at once more before a sleep.
  ///
  /// - Parameter count: how many are waited for: 1 or more, and no more than are outstanding if an event has to
  ///   come.
  /// - Returns: Whether there are so many already.
  public func expectResponses(_ count: Int = 1) -> Bool {
    let count = UInt32(count)
    index(Offset.responseEvent).store(consumed &+ count)
    return index(Offset.responsesProduced).load() &- consumed >= count
  }

  private func slot(_ index: UInt32) -> RingSlot {
    let number = Int(index & UInt32(slotCount - 1))
    // SAFETY: within the page, as `slotCount` was computed.
    return unsafe RingSlot(base: page + Offset.slots + number * slotSize, count: slotSize)
  }

  private func index(_ offset: Int) -> SharedIndex {
    unsafe SharedIndex(unsafeAddress: page + offset)
  }
}

/// A request or a response in a ring. The backend may change it at any time: each word is loaded once.
@safe public struct RingSlot {
  private let base: UnsafeMutableRawPointer
  private let count: Int

  @unsafe init(base: UnsafeMutableRawPointer, count: Int) {
    unsafe self.base = base
    self.count = count
  }

  /// Stores a word at an offset, which is a multiple of its size.
  public func store(_ word: UInt32, at offset: Int) {
    precondition(offset >= 0 && offset % 4 == 0 && offset + 4 <= count)
    unsafe base.storeBytes(of: word, toByteOffset: offset, as: UInt32.self)
  }

  /// Stores two words, the low one first, at an offset that is a multiple of 4.
  public func store(_ words: UInt64, at offset: Int) {
    store(UInt32(truncatingIfNeeded: words), at: offset)
    store(UInt32(truncatingIfNeeded: words >> 32), at: offset + 4)
  }

  /// The word at an offset, which is a multiple of 4.
  public func load(_ offset: Int) -> UInt32 {
    precondition(offset >= 0 && offset % 4 == 0 && offset + 4 <= count)
    // SAFETY: within the slot, aligned; one load.
    return unsafe (base + offset).assumingMemoryBound(to: Atomic<UInt32>.self).pointee
      .load(ordering: .relaxed)
  }
}
