// SPDX-License-Identifier: Apache-2.0

import Synchronization
public import XenABI

/// The event channel bits of the shared info page: 4096 ports in two levels; Xen is at the other
/// end, and sets bits while we look.
///
/// Source: `xen/common/event_2l.c`. Xen sets the pending bit; if that was clear and the port is not
/// masked it sets the selector bit of the port's word; if that was clear it wants an upcall.
@safe public struct EventPage {
  private let page: UnsafeMutableRawPointer

  /// Ports that a domain can have with two-level events: 4096, of which port 0 is none.
  public static var portCount: Int { wordCount * 64 }
  static var wordCount: Int { SharedInfoLayout.pending.count / 8 }

  /// The bits in a mapped shared info page.
  ///
  /// - Precondition: `page` is 4 KiB, aligned to 8 bytes, and stays mapped.
  @unsafe public init(page: UnsafeMutableRawPointer) { unsafe self.page = page }

  /// Masks every port: a fresh domain has none masked, and handlers for none.
  public func maskAll() {
    for word in 0..<Self.wordCount {
      unsafe atomic(SharedInfoLayout.masked.lowerBound + word * 8).pointee
        .store(.max, ordering: .sequentiallyConsistent)
    }
  }

  /// Masks one port: its events stay pending and raise no upcall. Does nothing for a number that is not
  /// a port.
  public func mask(_ port: EventChannelPort) {
    guard let (offset, bit) = place(of: port, in: SharedInfoLayout.masked) else { return }
    _ = unsafe atomic(offset).pointee.bitwiseOr(bit, ordering: .sequentiallyConsistent)
  }

  /// Forgets that a port was notified. Does nothing for a number that is not a port.
  @inline(never)
  public func clearPending(_ port: EventChannelPort) {
    guard let (offset, bit) = place(of: port, in: SharedInfoLayout.pending) else { return }
    _ = unsafe atomic(offset).pointee.bitwiseAnd(~bit, ordering: .sequentiallyConsistent)
  }

  /// Moves all pending ports that are not masked into `ports`; afterwards they are not pending.
  ///
  /// The order is Xen's, backwards: the upcall flag first, then the selector, then the words.
  /// So what comes while we look is either taken now or causes a new upcall.
  public func takePending(into ports: inout PortSet) {
    unsafe (page + VCPUInfoLayout.upcallPending).assumingMemoryBound(to: Atomic<UInt8>.self)
      .pointee.store(0, ordering: .sequentiallyConsistent)
    var selector = unsafe atomic(VCPUInfoLayout.pendingSelector).pointee
      .exchange(0, ordering: .sequentiallyConsistent)
    while selector != 0 {
      let word = selector.trailingZeroBitCount
      selector &= selector &- 1
      let masked = unsafe atomic(SharedInfoLayout.masked.lowerBound + word * 8).pointee
        .load(ordering: .sequentiallyConsistent)
      let pending = unsafe atomic(SharedInfoLayout.pending.lowerBound + word * 8).pointee
        .bitwiseAnd(masked, ordering: .sequentiallyConsistent).oldValue
      ports.insert(pending & ~masked, word: word)
    }
  }

  /// Where a port's bit is; nil for a number that is not a port.
  private func place(
    of port: EventChannelPort, in bits: Range<Int>
  ) -> (offset: Int, bit: UInt64)? {
    let number = Int(port.rawValue)
    guard number < Self.portCount else { return nil }
    return (bits.lowerBound + number / 64 * 8, 1 << UInt64(number % 64))
  }

  /// A 64-bit field of the page; Xen changes bits in it at any time.
  private func atomic(_ offset: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
    // SAFETY: every offset used here is aligned and within the page.
    unsafe (page + offset).assumingMemoryBound(to: Atomic<UInt64>.self)
  }
}

/// A set of event channel ports, taken out from the lowest to the highest.
public struct PortSet {
  private var words = [64 of UInt64](repeating: 0)
  /// A set bit for each word that is not zero.
  private var summary: UInt64 = 0

  /// The empty set.
  public init() {}

  /// Whether there is no port in the set.
  public var isEmpty: Bool { summary == 0 }

  /// Adds the ports whose bits are set in one of the 64 words.
  mutating func insert(_ bits: UInt64, word: Int) {
    guard bits != 0 else { return }
    words[word] |= bits
    summary |= 1 << UInt64(word)
  }

  /// Removes and returns the lowest port; nil if there is none.
  public mutating func popFirst() -> EventChannelPort? {
    guard summary != 0 else { return nil }
    let word = summary.trailingZeroBitCount
    let bit = words[word].trailingZeroBitCount
    words[word] &= words[word] &- 1
    if words[word] == 0 { summary &= summary &- 1 }
    return EventChannelPort(rawValue: UInt32(word * 64 + bit))
  }
}
