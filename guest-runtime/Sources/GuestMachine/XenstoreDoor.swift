// SPDX-License-Identifier: Apache-2.0

import GuestRuntime
import XenABI
import XenFrontends

/// xenstored, spoken to by whole frames that may say anything.
///
/// Only for guests that test a xenstored: nothing is matched, and after a use of `GuestXenstore` that
/// one must not be used any more. Source: `docs/misc/xenstore-ring.txt`, `xs_wire.h`.
public struct XenstoreDoor {
  /// The page with both rings.
  public let page: SharedPage
  private var buffered: [UInt8] = []
  private var taken = 0

  /// The door of this domain; nil in a domain without xenstore.
  public init?() {
    guard let page = SharedPage.xenstore else { return nil }
    self.page = page
  }

  /// A frame as it travels: a header of 16 bytes, a payload.
  public struct Frame {
    /// `XS_*` in `xs_wire.h`.
    public var type: UInt32
    /// Chosen by who asks.
    public var request: UInt32
    /// 0 outside of transactions.
    public var transaction: UInt32
    /// Without the header.
    public var payload: [UInt8]

    /// A frame of one type.
    public init(type: UInt32, request: UInt32, transaction: UInt32 = 0, payload: [UInt8]) {
      self.type = type
      self.request = request
      self.transaction = transaction
      self.payload = payload
    }

    /// The bytes, with the payload's length or another one in the header.
    public func bytes(length: UInt32? = nil) -> [UInt8] {
      var result: [UInt8] = []
      result.reserveCapacity(16 + payload.count)
      for word in [type, request, transaction, length ?? UInt32(payload.count)] {
        for shift in [UInt32(0), 8, 16, 24] {
          result.append(UInt8(truncatingIfNeeded: word >> shift))
        }
      }
      result += payload
      return result
    }
  }

  // MARK: Out

  /// Puts as much of some bytes into the ring as there is room for, and wakes xenstored.
  ///
  /// - Returns: How many.
  public func offer(_ bytes: ArraySlice<UInt8>) -> Int {
    let produced = page[word: XenstorePageLayout.requestsProduced]
    let consumed = page[word: XenstorePageLayout.requestsConsumed]
    let used = produced &- consumed
    guard used <= 1024 else { return 0 }
    let count = min(bytes.count, Int(1024 - used))
    for position in 0..<count {
      let offset = Int((produced &+ UInt32(position)) & 1023)
      page[byte: XenstorePageLayout.requests.lowerBound + offset] =
        bytes[
          bytes.startIndex + position]
    }
    page[word: XenstorePageLayout.requestsProduced] = produced &+ UInt32(count)
    page.notify()
    return count
  }

  /// Sends bytes, as they are.
  ///
  /// - Returns: Whether all went into the ring in time.
  public func send(_ bytes: [UInt8], withinMilliseconds limit: UInt64 = 5000) -> Bool {
    var rest = bytes[...]
    let deadline = SystemTime.now.advanced(byMilliseconds: limit)
    while true {
      rest = rest.dropFirst(offer(rest))
      if rest.isEmpty { return true }
      guard SystemTime.now < deadline else { return false }
      page.wait(atMostMilliseconds: 20)
    }
  }

  // MARK: In

  /// Takes what is in the ring of answers, `limit` bytes at most, into the buffer.
  ///
  /// - Returns: How many bytes were taken.
  @discardableResult
  public mutating func take(atMost limit: Int = 1024) -> Int {
    let consumed = page[word: XenstorePageLayout.responsesConsumed]
    let produced = page[word: XenstorePageLayout.responsesProduced]
    let waiting = produced &- consumed
    guard waiting > 0, waiting <= 1024 else { return 0 }
    let count = min(Int(waiting), limit)
    for position in 0..<count {
      let offset = Int((consumed &+ UInt32(position)) & 1023)
      buffered.append(page[byte: XenstorePageLayout.responses.lowerBound + offset])
    }
    page[word: XenstorePageLayout.responsesConsumed] = consumed &+ UInt32(count)
    page.notify()
    return count
  }

  /// The next whole frame of the buffer; nil if there is none.
  public mutating func bufferedFrame() -> Frame? {
    guard buffered.count - taken >= 16 else { return nil }
    let length = Int(word(at: taken + 12))
    guard buffered.count - taken - 16 >= length else { return nil }
    let payload = Array(buffered[(taken + 16)..<(taken + 16 + length)])
    let frame = Frame(
      type: word(at: taken), request: word(at: taken + 4), transaction: word(at: taken + 8),
      payload: payload)
    taken += 16 + length
    if taken == buffered.count { (buffered, taken) = ([], 0) }
    return frame
  }

  /// Waits for the next frame, and takes `piece` bytes at once at most.
  ///
  /// - Returns: Nil when none came in time.
  public mutating func receive(withinMilliseconds limit: UInt64, piece: Int = 1024) -> Frame? {
    let deadline = SystemTime.now.advanced(byMilliseconds: limit)
    while true {
      if let frame = bufferedFrame() { return frame }
      if take(atMost: piece) > 0 { continue }
      guard SystemTime.now < deadline else { return nil }
      page.wait(atMostMilliseconds: min(limit, 20))
    }
  }

  /// Forgets what was taken from the ring and not yet returned as a frame.
  public mutating func dropBuffer() { (buffered, taken) = ([], 0) }

  private func word(at offset: Int) -> UInt32 {
    UInt32(buffered[offset]) | UInt32(buffered[offset + 1]) << 8
      | UInt32(buffered[offset + 2]) << 16 | UInt32(buffered[offset + 3]) << 24
  }
}
