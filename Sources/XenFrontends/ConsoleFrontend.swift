// SPDX-License-Identifier: Apache-2.0

public import XenABI
public import XenRings

/// The guest's end of its primary console; xenconsoled is at the other end.
///
/// A stalled or missing daemon never hangs the guest: each wait for room is bounded, what does not
/// fit then is dropped and counted, and while the daemon makes no progress nothing waits again.
public struct ConsoleFrontend<Calls: Hypercalls> {
  let calls: Calls
  let port: EventChannelPort
  private var output: RingProducer
  var input: RingConsumer
  private var isStalled = false
  private var announcedDrops: UInt64 = 0

  /// Bytes that were printed and could not be delivered.
  public private(set) var droppedBytes: UInt64 = 0
  /// Set for good when the peer broke the protocol; nothing is written after that.
  public internal(set) var failure: RingError?

  /// How long to wait for the daemon to make progress, in milliseconds.
  public static var patience: UInt64 { 3000 }

  /// The frontend on a mapped console page.
  ///
  /// - Precondition: `page` is the 4 KiB console page and stays mapped.
  @unsafe public init(
    page: UnsafeMutableRawPointer, port: EventChannelPort, calls: Calls
  ) {
    unsafe output = RingProducer(
      page: page, range: ConsolePageLayout.output,
      produced: ConsolePageLayout.outputProduced, consumed: ConsolePageLayout.outputConsumed)
    unsafe input = RingConsumer(
      page: page, range: ConsolePageLayout.input,
      produced: ConsolePageLayout.inputProduced, consumed: ConsolePageLayout.inputConsumed)
    self.port = port
    self.calls = calls
  }

  /// Writes all of `bytes`, waiting for room as long as the daemon makes progress.
  public mutating func write(_ bytes: UnsafeRawBufferPointer) {
    announceDrops()
    let written = unsafe put(bytes)
    droppedBytes &+= UInt64(bytes.count - written)
  }

  /// Waits until the daemon has read everything: at most `patience` without progress, and at most
  /// five times that in all.
  public mutating func drain() {
    announceDrops()
    let limit = calls.now().advanced(byMilliseconds: 5 * Self.patience)
    while let pending = pendingBytes(), pending > 0, calls.now() < limit {
      guard waitForProgress(below: pending) else { return }
    }
  }

  /// Once there is room again, says how much went missing.
  private mutating func announceDrops() {
    let missing = droppedBytes &- announcedDrops
    guard missing > 0, let pending = pendingBytes(), pending < ConsolePageLayout.output.count / 2
    else { return }
    isStalled = false
    announcedDrops = droppedBytes
    var notice = DropNotice(bytes: missing)
    _ = unsafe notice.withBytes { unsafe put($0) }
  }

  /// Writes what can be written; returns how much of `bytes` that was.
  private mutating func put(_ bytes: UnsafeRawBufferPointer) -> Int {
    var offset = 0
    while failure == nil && offset < bytes.count {
      do {
        let count = unsafe try output.write(bytes, from: offset)
        offset += count
        if count > 0 {
          try? calls.notify(port)
        } else if isStalled || !waitForProgress(below: ConsolePageLayout.output.count) {
          return offset
        }
      } catch {
        failure = error
      }
    }
    return offset
  }

  /// Waits until fewer than `level` bytes are unread; false if nothing moved for too long.
  private mutating func waitForProgress(below level: Int) -> Bool {
    var wait = BoundedWait(for: port, atMost: Self.patience, calls: calls)
    while let pending = pendingBytes() {
      isStalled = false
      if pending < level { return true }
      isStalled = !wait.sleep()
      if isStalled { break }
    }
    return false
  }

  /// Bytes the daemon has not read, nil when the ring has failed.
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
