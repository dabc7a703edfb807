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
  let calls: Calls
  let port: EventChannelPort
  var output: RingProducer
  var input: RingConsumer
  var isStalled = false
  var announcedDrops: UInt64 = 0
  /// Bytes written since the daemon was last told.
  var untoldBytes = 0

  /// Bytes that were printed and could not be delivered; added carriage returns count.
  public internal(set) var droppedBytes: UInt64 = 0
  /// Set for good when the peer broke the protocol; nothing is written after that.
  public internal(set) var failure: RingError?
  /// Whether a carriage return goes before each line feed, for terminals in raw mode.
  public var addsCarriageReturns = false
  /// Whether somebody calls `attend` each time that the daemon has notified us. Then a write does
  /// not tell a daemon that is still reading: it will notify us, and be told then.
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
}
