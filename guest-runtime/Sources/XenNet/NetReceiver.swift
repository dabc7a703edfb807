// SPDX-License-Identifier: Apache-2.0

import XenDevices
import XenRings

/// The ring for frames that are received, and the pages that the backend writes them into.
///
/// A frame is copied before anybody looks at it: the backend may change its pages at any time.
struct NetReceiver<Machine: DeviceMachine> {
  /// What there is in the ring.
  enum Arrival {
    case nothing
    /// A frame that is not right. Its pages are free again.
    case rejected
    /// A frame, which is in `frame` now.
    case frame(count: Int, NetReceived)
  }

  private var ring: RequestRing
  private var pages: NetPages<Machine>
  /// The page that was posted in each slot: what is added to a response has no number.
  private var posted: [UInt8]
  /// Pages that were posted, and slots that were taken, both since the ring began.
  private var postedCount: UInt32 = 0
  private var takenCount: UInt32 = 0
  /// Pages that are to be posted.
  private var target: Int
  /// Whether frames may take several slots. They need as many buffers: with fewer a backend would wait for ever.
  let takesLongFrames: Bool
  /// The bytes of the last frame, and what is left of others behind them.
  private(set) var frame = [UInt8](repeating: 0, count: 4096)

  /// Pages that are posted in the beginning, and below which there are no frames of several slots.
  private static var firstTarget: Int { 64 }
  private static var longFrameTarget: Int { NetifWire.slotLimit + 2 }

  /// Begins to use a ring: posts pages, of which nobody is told.
  init(_ ring: RequestRing, _ pages: NetPages<Machine>) {
    self.ring = ring
    self.pages = pages
    posted = [UInt8](repeating: 0, count: ring.slotCount)
    target = min(Self.firstTarget, pages.limit)
    _ = self.pages.prepare(target)
    takesLongFrames = self.pages.all.count >= Self.longFrameTarget
    _ = post()
  }

  /// The pages.
  var allPages: [GivenPage] { pages.all }

  /// Why there is not a single page; nil if there are some.
  var shortage: DevicePageError? { pages.all.isEmpty ? pages.error : nil }

  // MARK: Buffers

  /// Posts pages, more of them if the backend has used up most.
  ///
  /// - Returns: Whether it wants to be told.
  mutating func post() -> Bool {
    if ring.outstanding < target / 4, takenCount > 0 { target = min(target * 2, pages.limit) }
    while ring.outstanding < target, ring.room > 0, pages.prepare(1) {
      let page = pages.take()
      posted[Int(postedCount) & (ring.slotCount - 1)] = page
      NetifWire.writeReceive(
        to: ring.nextRequest(), page: pages[page].reference,
        id: UInt16(truncatingIfNeeded: postedCount))
      postedCount &+= 1
    }
    return ring.publish()
  }

  /// Asks to be told of the next frame.
  ///
  /// - Returns: Whether there is one already.
  func expectFrame() -> Bool { ring.expectResponses() }

  // MARK: Frames

  /// Takes a frame out of the ring.
  ///
  /// A frame whose slots are not all there is not right: backends publish whole ones.
  ///
  /// - Throws: `NetFault` if the backend broke the protocol.
  mutating func take() throws(NetFault) -> Arrival {
    guard let first = try takeResponse() else { return .nothing }
    let flags = first.slot.flags
    var received = NetReceived(
      isVerified: !flags.isDisjoint(with: [.isVerified, .isBlank]),
      isBlank: flags.contains(.isBlank))
    var isRight = !flags.contains(.hasPrefix)
    var isWhole = true
    if flags.contains(.hasExtra) { isWhole = try takeExtras(&received, &isRight) }
    var count = 0
    var slotCount = 1
    var last = first
    isRight = copy(first, &count) && isRight
    while isWhole, last.slot.flags.contains(.hasMore) {
      guard let next = try takeResponse() else {
        isWhole = false
        break
      }
      last = next
      slotCount += 1
      if last.slot.flags.contains(.hasExtra) { isRight = false }
      if isRight { isRight = copy(last, &count) }
    }
    guard isRight, isWhole, count >= NetifWire.headerSize,
      slotCount <= (takesLongFrames ? NetifWire.slotLimit : 1)
    else { return .rejected }
    return .frame(count: count, received)
  }

  /// Takes a slot; its page is free afterwards, but nobody writes to it before the next `post`.
  private mutating func takeSlot() throws(NetFault) -> (slot: ReceivedSlot, page: UInt8)? {
    do throws(RingError) {
      guard let slot = try ring.takeResponse() else { return nil }
      let page = posted[Int(takenCount) & (ring.slotCount - 1)]
      takenCount &+= 1
      pages.putBack(page)
      return (ReceivedSlot(slot), page)
    } catch {
      throw .indices
    }
  }

  private mutating func takeResponse() throws(NetFault) -> (slot: ReceivedSlot, page: UInt8)? {
    let id = UInt16(truncatingIfNeeded: takenCount)
    guard let taken = try takeSlot() else { return nil }
    guard taken.slot.id == id else { throw .wrongBuffer }
    return taken
  }

  /// Takes what is added to a frame.
  ///
  /// - Returns: Whether all of it was there.
  private mutating func takeExtras(
    _ received: inout NetReceived, _ isRight: inout Bool
  ) throws(NetFault) -> Bool {
    var hasMore = true
    while hasMore {
      guard let slot = try takeSlot()?.slot else { return false }
      hasMore = slot.hasMoreExtras
      switch slot.extraType {
      case ExtraType.segmentation:
        let isKnown = slot.segmentType == 1 || slot.segmentType == 2
        if !isKnown || slot.segmentSize == 0 || received.segmentSize > 0 { isRight = false }
        received.segmentSize = slot.segmentSize
        (received.isVerified, received.isBlank) = (true, true)
      case ExtraType.hash: break
      default: isRight = false
      }
    }
    return true
  }

  /// Copies what is in a slot's page; false if that cannot be, or would be too much.
  private mutating func copy(
    _ taken: (slot: ReceivedSlot, page: UInt8), _ count: inout Int
  ) -> Bool {
    let (offset, size) = (taken.slot.offset, taken.slot.status)
    guard size >= 0, offset <= 4096, size <= 4096 - offset,
      size <= NetifWire.receiveLimit - count
    else { return false }
    if count + size > frame.count {
      frame += repeatElement(0, count: NetifWire.receiveLimit - frame.count)
    }
    let page = unsafe pages[taken.page].address
    unsafe frame.withUnsafeMutableBytes {
      guard let start = $0.baseAddress else { return }
      // SAFETY: both ranges were checked just above.
      unsafe (start + count).copyMemory(from: page + offset, byteCount: size)
    }
    count += size
    return true
  }
}
