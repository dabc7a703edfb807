// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import XenABI

/// What is taken from the frontend, and answered, and given to it.
extension FakeNetback {
  // MARK: From the frontend

  func note(_ fault: String) { if !isConfused { xen.note(fault) } }

  /// Takes a frame, of which the slots end at an index at the latest.
  func takeFrame(_ end: UInt32) {
    guard let first = takeSlot(end) else { return }
    var held = HeldFrame(
      frame: NetFrame(bytes: [], isBlank: first.isBlank, isVerified: first.isVerified))
    if first.hasExtra {
      held.hasExtra = true
      takeExtra(end, &held.frame)
    }
    var slots = [first]
    while slots.last?.hasMore == true {
      guard let next = takeSlot(end) else { return note("a frame ends behind what was published") }
      if next.hasExtra { note("a later slot has something added") }
      slots.append(next)
    }
    let rest = slots.dropFirst().reduce(0) { $0 + $1.size }
    if slots.count > 18 { note("\(slots.count) slots") }
    if slots.count > 1, !has("feature-sg") { note("several slots without feature-sg") }
    if first.size < 14 || rest >= first.size { note("a frame of \(first.size) bytes") }
    for (place, slot) in slots.enumerated() {
      add(slot, place == 0 ? max(0, first.size - rest) : slot.size, &held)
    }
    held.frame.bytes = held.content
    log.append(held.frame)
    self.held.append(held)
  }

  private func takeSlot(_ end: UInt32) -> SendSlot? {
    guard sendTaken != end, let slot = slot(0, sendTaken) else { return nil }
    sendTaken &+= 1
    return SendSlot(slot)
  }

  private func takeExtra(_ end: UInt32, _ frame: inout NetFrame) {
    guard sendTaken != end, let slot = slot(0, sendTaken) else {
      return note("what is added to a frame is missing")
    }
    sendTaken &+= 1
    let bytes = Array(UnsafeRawBufferPointer(start: slot, count: 12))
    frame.segmentSize = Int(bytes[2]) | Int(bytes[3]) << 8
    frame.isIPv6 = bytes[4] == 2
    let feature = frame.isIPv6 ? "feature-gso-tcpv6" : "feature-gso-tcpv4"
    guard bytes[0] == 1, bytes[1] == 0, frame.segmentSize > 0, bytes[4] == 1 || bytes[4] == 2,
      bytes[5...].allSatisfy({ $0 == 0 }), has(feature), frame.isBlank
    else { return note("what is added to a frame is \(bytes)") }
  }

  private func add(_ slot: SendSlot, _ size: Int, _ held: inout HeldFrame) {
    if slot.offset + size > 4096 || size == 0 { note("\(size) bytes at \(slot.offset)") }
    let others = self.held + [held]
    if others.contains(where: { $0.references.contains(slot.reference) }) {
      note("a page is used again before it was answered")
    }
    if others.contains(where: { $0.ids.contains(slot.id) }) { note("a number is used twice") }
    held.ids.append(slot.id)
    guard let page = xen.map(slot.reference, as: domain, isReadOnly: true) else {
      // After the frontend's end of the channel has gone, so have its pages.
      if let port, xen.channels[port] != nil { note("a page that is not given is named") }
      return
    }
    held.references.append(slot.reference)
    held.places.append((page, slot.offset..<min(4096, slot.offset + size)))
    if xen.map(slot.reference, as: domain) != nil {
      note("a page can be written to that is only to be read")
      xen.unmap(slot.reference)
    }
  }

  /// Answers what is held.
  func answer() {
    var frames = held
    held = []
    switch order {
    case .asAsked: break
    case .reversed: frames.reverse()
    case .mixed: frames.sort { ($0.ids[0] &* 0x9e37) & 0xffff < ($1.ids[0] &* 0x9e37) & 0xffff }
    }
    let before = sendAnswered
    for frame in frames {
      if frame.content != frame.frame.bytes { note("a frame has changed before it was answered") }
      let status = status(frame.frame)
      for (place, id) in frame.ids.enumerated() {
        putSent(id, status)
        // Its number is what happened to be there.
        if place == 0, frame.hasExtra { putSent(0xabcd, 1) }
      }
      for reference in frame.references { xen.unmap(reference) }
    }
    publish(0, from: before, to: sendAnswered)
  }

  /// Writes a response to a slot that was sent, which the frontend does not see yet.
  func putSent(_ id: UInt16, _ status: Int16) {
    guard let slot = slot(0, sendAnswered) else { return }
    slot.storeBytes(of: id, as: UInt16.self)
    slot.storeBytes(of: status, toByteOffset: 2, as: Int16.self)
    sendAnswered &+= 1
  }

  // MARK: To the frontend

  /// Writes frames into the frontend's buffers, as long as there are enough; true if there were any.
  func deliver() -> Bool {
    let before = receiveTaken
    while let frame = outbox.first {
      let isLong = frame.bytes.count > 4096 || frame.segmentSize > 0
      guard !isLong || takes("feature-sg") else {
        xen.note("a frame for a frontend that does not take it")
        return false
      }
      let slots = (frame.bytes.count + 4095) / 4096 + (frame.segmentSize > 0 ? 1 : 0)
      var produced: UInt32
      repeat {
        produced = index(1, 0)
        if produced &- receiveTaken >= slots { break }
        setIndex(1, 4, produced &+ 1)
      } while index(1, 0) != produced
      guard produced &- receiveTaken >= slots else { break }
      outbox.removeFirst()
      give(frame)
    }
    if receiveTaken != before { publish(1, from: before, to: receiveTaken) }
    return receiveTaken != before
  }

  private func give(_ frame: NetFrame) {
    var offset = 0
    while offset < frame.bytes.count {
      let size = min(4096, frame.bytes.count - offset)
      var flags: UInt16 = offset + size < frame.bytes.count ? 4 : 0
      if offset == 0 {
        flags |= (frame.isVerified ? 1 : 0) | (frame.isBlank ? 2 : 0)
        flags |= frame.segmentSize > 0 ? 8 : 0
      }
      putReceived(Array(frame.bytes[offset..<offset + size]), flags: flags)
      if offset == 0, frame.segmentSize > 0 {
        putExtra([1, 0] + word(frame.segmentSize) + [frame.isIPv6 ? 2 : 1, 0, 0, 0])
      }
      offset += size
    }
  }

  private func word(_ number: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)]
  }

  /// Uses up a buffer for bytes, which the frontend does not see yet. A status of nil is the count of the bytes, an
  /// id of nil the right one.
  func putReceived(
    _ bytes: [UInt8], offset: UInt16 = 0, flags: UInt16 = 0, status: Int16? = nil, id: UInt16? = nil
  ) {
    guard let slot = slot(1, receiveTaken) else { return }
    let number = slot.load(as: UInt16.self)
    let reference = slot.load(fromByteOffset: 4, as: UInt32.self)
    if let page = xen.map(reference, as: domain) {
      bytes.withUnsafeBytes { source in
        guard let start = source.baseAddress else { return }
        page.copyMemory(from: start, byteCount: min(4096, source.count))
      }
      xen.unmap(reference)
    } else if let port, xen.channels[port] != nil {
      xen.note("a buffer that is not given is posted")
    }
    slot.storeBytes(of: id ?? number, as: UInt16.self)
    slot.storeBytes(of: offset, toByteOffset: 2, as: UInt16.self)
    slot.storeBytes(of: flags, toByteOffset: 4, as: UInt16.self)
    slot.storeBytes(
      of: status ?? Int16(truncatingIfNeeded: bytes.count), toByteOffset: 6, as: Int16.self)
    receiveTaken &+= 1
  }

  /// Uses up a buffer for what is added to a frame.
  func putExtra(_ bytes: [UInt8]) {
    guard let slot = slot(1, receiveTaken) else { return }
    for (place, byte) in bytes.enumerated() {
      slot.storeBytes(of: byte, toByteOffset: place, as: UInt8.self)
    }
    receiveTaken &+= 1
  }

  /// Lets the frontend see all that was put.
  func publishReceived() { publish(1, from: index(1, 8), to: receiveTaken) }
}
