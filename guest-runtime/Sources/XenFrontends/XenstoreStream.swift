// SPDX-License-Identifier: Apache-2.0

import XenABI

/// The xenstore page as two streams of bytes. Whoever uses them says how long, by one wait for all
/// that belongs together: a peer that trickles cannot stretch it.
struct XenstoreStream<Calls: Hypercalls> {
  private let calls: Calls
  private let port: EventChannelPort
  private var page: XenstorePage

  /// How long a wait lasts at most, in milliseconds.
  static var patience: UInt64 { 2000 }

  /// The streams on a mapped xenstore page.
  ///
  /// - Precondition: `page` is the 4 KiB xenstore page and stays mapped.
  @unsafe init(page: UnsafeMutableRawPointer, port: EventChannelPort, calls: Calls) {
    unsafe self.page = XenstorePage(unsafeAddress: page)
    self.port = port
    self.calls = calls
  }

  /// A wait for xenstored, which begins with the first sleep.
  var wait: BoundedWait<Calls> { BoundedWait(for: port, atMost: Self.patience, calls: calls) }

  /// Tells xenstored to look at the page.
  func notify() {
    // A port that cannot be notified shows as a reply that never comes.
    try? calls.notify(port)
  }

  /// Writes all of `bytes`, waiting for room where there is none.
  ///
  /// - Throws: `XenstoreError` if xenstored makes no room in time or its index is impossible.
  @inline(never)
  mutating func send(
    _ bytes: UnsafeRawBufferPointer, within wait: inout BoundedWait<Calls>
  ) throws(XenstoreError) {
    var sent = 0
    while true {
      sent += try unsafe page.write(bytes, from: sent)
      if sent == bytes.count { return }
      notify()
      guard wait.sleep() else { throw .timedOut }
    }
  }

  /// Fills `buffer`, waiting for bytes where there are none.
  ///
  /// - Throws: `XenstoreError` if xenstored sends too little in time or its index is impossible.
  @inline(never)
  mutating func receive(
    into buffer: UnsafeMutableRawBufferPointer, within wait: inout BoundedWait<Calls>
  ) throws(XenstoreError) {
    var received = 0
    while true {
      let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[received...])
      received += try unsafe page.read(into: rest)
      if received == buffer.count { return }
      guard wait.sleep() else { throw .timedOut }
    }
  }

  /// Reads `count` bytes and forgets them.
  ///
  /// - Throws: what `receive` throws.
  mutating func skip(
    _ count: Int, within wait: inout BoundedWait<Calls>
  ) throws(XenstoreError) {
    var byte: UInt8 = 0
    for _ in 0..<count {
      try unsafe withUnsafeMutableBytes(of: &byte) { buffer throws(XenstoreError) in
        try unsafe receive(into: buffer, within: &wait)
      }
    }
  }
}
