// SPDX-License-Identifier: Apache-2.0

public import XenABI
import XenRings
import XenstoreWire

/// One write to xenstore, for a guest that uses nothing else of it: needs no heap and little code.
///
/// A `XenstoreClient` may have used the page before, and have replies outstanding: the request's
/// number is one that it never uses. xenstored has 2 s to take the request, and 2 s to answer.
public struct SingleXenstoreWrite<Calls: Hypercalls> {
  private var stream: XenstoreStream<Calls>
  private static var requestID: UInt32 { .max }

  /// A write through a mapped xenstore page.
  ///
  /// - Precondition: `page` is the 4 KiB xenstore page and stays mapped.
  @unsafe public init(page: UnsafeMutableRawPointer, port: EventChannelPort, calls: Calls) {
    unsafe stream = XenstoreStream(page: page, port: port, calls: calls)
  }

  /// Asks xenstored to set the node at `path`, relative to the domain's own directory.
  ///
  /// `finish` waits for the answer; other things can be done before.
  ///
  /// - Throws: `XenstoreError` if the request cannot be sent.
  public mutating func begin(
    _ value: UnsafeRawBufferPointer, to path: StaticString
  ) throws(XenstoreError) {
    // The path is sent with its NUL, the value without one.
    let pathSize = path.utf8CodeUnitCount + 1
    let request = XenstoreHeader(
      operation: .write, requestID: Self.requestID, payloadSize: UInt32(pathSize + value.count))
    var encoded = request.encoded
    var wait = stream.wait
    try unsafe withUnsafeBytes(of: &encoded) { bytes throws(XenstoreError) in
      try unsafe stream.send(bytes, within: &wait)
    }
    // SAFETY: a static string is followed by a NUL.
    try unsafe stream.send(
      UnsafeRawBufferPointer(start: path.utf8Start, count: pathSize), within: &wait)
    try unsafe stream.send(value, within: &wait)
    stream.notify()
  }

  /// Waits for the answer to `begin`; other messages are skipped.
  ///
  /// - Throws: `XenstoreError` if xenstored refuses, breaks the protocol or does not answer.
  public mutating func finish() throws(XenstoreError) {
    var wait = stream.wait
    // A peer that sends other messages without end cannot hold us.
    for _ in 0..<256 {
      var bytes = [16 of UInt8](repeating: 0)
      try unsafe withUnsafeMutableBytes(of: &bytes) { buffer throws(XenstoreError) in
        try unsafe stream.receive(into: buffer, within: &wait)
      }
      let header: XenstoreHeader
      do { header = try XenstoreHeader(decoding: bytes) } catch { throw .wire(error) }
      try stream.skip(Int(header.payloadSize), within: &wait)
      guard header.requestID == Self.requestID else { continue }
      guard header.operation == .write else { throw .refused(nil) }
      return
    }
    throw .timedOut
  }
}

/// The xenstore page as two streams of bytes. One wait limits all that belongs together: a peer that
/// trickles cannot stretch it.
private struct XenstoreStream<Calls: Hypercalls> {
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
