// SPDX-License-Identifier: Apache-2.0

import XenABI
import XenRings

extension ConsoleFrontend {
  /// Writes all of `bytes`, waiting for room as long as the daemon reads a ring-full, 2 KiB, within
  /// `patience`.
  @inline(never)
  public mutating func write(_ bytes: UnsafeRawBufferPointer) {
    announceDrops()
    unsafe put(bytes)
    if !isAttended || hasReadWhatItKnows { tell() }
  }

  /// Does what has waited for the daemon: call this when it has notified us, and not from within
  /// another call to the frontend. Does not wait.
  public mutating func attend() {
    announceDrops()
    if hasReadWhatItKnows { tell() }
  }

  /// Waits until the daemon has read everything: at most `patience` without progress, and at most
  /// five times that in all.
  public mutating func drain() {
    announceDrops()
    tell()
    let limit = calls.now().advanced(byMilliseconds: 5 * Self.patience)
    while let pending = pendingBytes(), pending > 0, calls.now() < limit {
      guard wait(untilPending: pending - 1) else { return }
    }
  }

  /// Once there is room again, says how much went missing.
  @inline(never)
  private mutating func announceDrops() {
    let missing = droppedBytes &- announcedDrops
    guard missing > 0, let pending = pendingBytes(), pending < Self.capacity / 2 else { return }
    isStalled = false
    announcedDrops = droppedBytes
    var notice = DropNotice(bytes: missing)
    unsafe notice.withBytes { unsafe put($0) }
  }

  private static var capacity: Int { ConsolePageLayout.output.count }

  /// Writes what can be written, and counts the rest.
  private mutating func put(_ bytes: UnsafeRawBufferPointer) {
    var start = 0
    if addsCarriageReturns {
      for offset in 0..<bytes.count where unsafe bytes[offset] == 10 {
        unsafe putRaw(UnsafeRawBufferPointer(rebasing: bytes[start..<offset]))
        var end: [2 of UInt8] = [13, 10]
        unsafe withUnsafeBytes(of: &end) { unsafe putRaw($0) }
        start = offset + 1
      }
    }
    unsafe putRaw(UnsafeRawBufferPointer(rebasing: bytes[start...]))
  }

  @inline(never)
  private mutating func putRaw(_ bytes: UnsafeRawBufferPointer) {
    var offset = 0
    while failure == nil && offset < bytes.count {
      do {
        let count = try unsafe output.write(bytes, from: offset)
        offset += count
        untoldBytes += count
        if count == 0 {
          // A whole ring-full at a time: a daemon that trickles can neither hold us for long nor
          // make us notify more often.
          let room = min(bytes.count - offset, Self.capacity)
          if isStalled || !wait(untilPending: Self.capacity - room) { break }
        }
      } catch {
        failure = error
      }
    }
    droppedBytes &+= UInt64(bytes.count - offset)
  }

  /// Waits until at most `level` bytes are unread; false if it takes too long.
  private mutating func wait(untilPending level: Int) -> Bool {
    var wait = BoundedWait(for: port, atMost: Self.patience, calls: calls)
    while let pending = pendingBytes() {
      isStalled = false
      if pending <= level { return true }
      if hasReadWhatItKnows { tell() }
      isStalled = !wait.sleep()
      if isStalled { break }
    }
    return false
  }

  /// Whether there is output that the daemon was not told of, and none that it was told of.
  private var hasReadWhatItKnows: Bool {
    mutating get {
      guard let pending = pendingBytes() else { return false }
      // What it has read it need not be told of.
      untoldBytes = min(untoldBytes, pending)
      return pending == untoldBytes
    }
  }

  /// Tells the daemon that there is output, if it does not know.
  @inline(never)
  private mutating func tell() {
    guard untoldBytes > 0 else { return }
    untoldBytes = 0
    try? calls.notify(port)
  }

  /// Bytes the daemon has not read, nil when the ring has failed.
  @inline(never)
  private mutating func pendingBytes() -> Int? {
    guard failure == nil else { return nil }
    do {
      return try output.pending()
    } catch {
      failure = error
      return nil
    }
  }
}
