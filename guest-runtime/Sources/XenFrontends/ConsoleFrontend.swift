// SPDX-License-Identifier: Apache-2.0

public import XenABI
public import XenRings

/// The guest's end of its primary console; xenconsoled is at the other end.
///
/// A stalled or missing daemon never hangs the guest: each wait for room is bounded, what does not
/// fit then is dropped and counted, and while the daemon makes no progress nothing waits again.
///
/// The daemon allows a domain some 30 notifications in 200 ms and then stops listening for the rest
/// of that time (`tools/console/daemon/io.c`), so it is told once for a ring-full of output, and not
/// again as long as it has not read what it was told of.
public struct ConsoleFrontend<Calls: Hypercalls> {
  private let calls: Calls
  private let port: EventChannelPort
  private var output: RingProducer
  private var input: RingConsumer
  private var isStalled = false
  private var announcedDrops: UInt64 = 0
  /// Bytes written since the daemon was last told.
  private var untoldBytes = 0

  /// Bytes that were printed and could not be delivered; added carriage returns count.
  public private(set) var droppedBytes: UInt64 = 0
  /// Set for good when the peer broke the protocol; nothing is written after that.
  public private(set) var failure: RingError?
  /// Whether a carriage return goes before each line feed, for terminals in raw mode.
  public var addsCarriageReturns = false
  /// Whether `attend` is called each time that the daemon has notified us. Then a write does not tell a
  /// daemon that is still reading: it will notify us, and be told then.
  public var isAttended = false

  /// How long to wait for the daemon to make room, in milliseconds.
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

  // MARK: Output

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

  // MARK: Input

  /// The next bytes that were typed, at most `count`; empty if there are none or the peer broke the
  /// protocol. Does not wait.
  public mutating func takeInput(atMost count: Int) -> [UInt8] {
    guard failure == nil else { return [] }
    do throws(RingError) {
      let available = try input.available()
      let bytes = try input.read(atMost: count)
      // xenconsoled stops reading its terminal when the ring is full (`tools/console/daemon/io.c`),
      // and counts our notifications: none for each byte of a pasted text.
      if available == ConsolePageLayout.input.count || bytes.count == available, !bytes.isEmpty {
        try? calls.notify(port)
      }
      return bytes
    } catch {
      failure = error
      return []
    }
  }

  /// The next bytes that were typed; waits for some if there are none, empty when the time is up or
  /// the peer broke the protocol.
  public mutating func read(atMost count: Int, milliseconds: UInt64) -> [UInt8] {
    var wait = BoundedWait(for: port, atMost: milliseconds, calls: calls)
    while true {
      let bytes = takeInput(atMost: count)
      guard bytes.isEmpty, failure == nil else { return bytes }
      // The same notification tells of what was read: a prompt may have waited for that.
      attend()
      guard wait.sleep() else { return [] }
    }
  }

  /// The next byte that was typed; waits for one if there is none, nil when the time is up or the
  /// peer broke the protocol.
  public mutating func readByte(milliseconds: UInt64) -> UInt8? {
    read(atMost: 1, milliseconds: milliseconds).first
  }
}

/// The line that stands in the console where output went missing.
private struct DropNotice {
  private var text: [48 of UInt8]
  private var count: Int

  /// "[console: N bytes dropped]" on a line of its own.
  init(bytes: UInt64) {
    text = [48 of UInt8](repeating: 0)
    count = 0
    append("\n[console: ")
    append(decimal: bytes)
    append(" bytes dropped]\n")
  }

  mutating func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let used = count
    return unsafe withUnsafeBytes(of: &text) {
      unsafe body(UnsafeRawBufferPointer(rebasing: $0[..<used]))
    }
  }

  private mutating func append(_ piece: StaticString) {
    for offset in 0..<piece.utf8CodeUnitCount {
      // SAFETY: within the literal's own length.
      text[count] = unsafe piece.utf8Start[offset]
      count += 1
    }
  }

  private mutating func append(decimal value: UInt64) {
    if value >= 10 { append(decimal: value / 10) }
    text[count] = UInt8(truncatingIfNeeded: 48 + value % 10)
    count += 1
  }
}
