// SPDX-License-Identifier: Apache-2.0

public import NetWire
import XenFrontends

/// A connection, with its two streams. It takes about 900 bytes without what is in its buffers, which grow as needed:
/// up to 256 KiB each way by the default limits.
///
/// After each call that may have something to send, the host's `nextSegment` is to be called.
public final class TCPConnection {
  let flow: TCPFlow
  let shared: TCPShared
  /// Where the host has it; nil before and after that.
  var slot: Int?
  public internal(set) var state: TCPState
  /// Why it ended before its time.
  public internal(set) var failure: TCPError?
  var sender: Sender
  var receiver: Receiver
  var clock: PeerClock
  /// Who gets the connection when it is complete, if a peer began it.
  var listener: TCPListener?
  let isPassive: Bool
  /// What of the peer decides the size of segments: the option of its SYN, or what the network said.
  var peerMaximumSegment = 536
  /// Whether both sides shift their windows.
  var isWindowShifted = false
  /// The largest payload that the peer sent; a full segment, as far as is known.
  var largestReceived = 0
  var delayed = Timer()
  var keepaliveTimer = Timer()
  var lifetime = Timer()
  var lastHeard = SystemTime(rawValue: 0)
  /// Questions of keepalive without an answer.
  var questions = 0
  var mustAsk = false
  var mustReset = false
  /// The number of a RST that answers an acknowledgment of what was never sent.
  var refusal: SequenceNumber?
  var challenges: RateLimit
  /// Whether the network said that the peer cannot be reached, since the peer last answered.
  public internal(set) var isSaidUnreachable = false
  /// Whether nobody here has it any more.
  private(set) var isOrphan = false

  /// Whether it asks a silent peer whether it is still there.
  public var keepalive: TCPKeepalive? { didSet { wake() } }
  /// The byte of the IP header that says how the network treats packets: DSCP in its upper six bits. Source: RFC 2474.
  public var trafficClass: UInt8 = 0
  /// For how long what was sent is sent again without an answer, in milliseconds. Source: RFC 9293, section 3.9.1.
  public var userTimeout: UInt64 { didSet { wake() } }
  /// Whether small segments wait for nothing, instead of for the acknowledgment of what is on its way (Nagle).
  public var noDelay: Bool {
    get { sender.hasNoDelay }
    set {
      sender.hasNoDelay = newValue
      wake()
    }
  }

  init(
    _ flow: TCPFlow, _ shared: TCPShared, _ state: TCPState, initial: SequenceNumber,
    isPassive: Bool
  ) {
    self.flow = flow
    self.shared = shared
    self.state = state
    self.isPassive = isPassive
    let limits = shared.limits
    sender = Sender(
      initial: initial,
      buffer: ByteRing(
        limit: limits.firstBuffer, largest: limits.sendBuffer, budget: shared.budget), limits)
    receiver = Receiver(
      ByteRing(limit: limits.firstBuffer, largest: limits.receiveBuffer, budget: shared.budget))
    clock = PeerClock(offset: shared.timestampOffset(flow))
    challenges = RateLimit(perSecond: limits.challengesPerSecond)
    userTimeout = limits.userMilliseconds
  }

  public var local: NetEndpoint { flow.local }
  public var remote: NetEndpoint { flow.remote }

  /// Whether there are bytes to read.
  public var isReadable: Bool { receiver.buffer.count > 0 }
  /// Bytes to read.
  public var readableCount: Int { receiver.buffer.count }
  /// Whether the peer sends nothing more, and all was read.
  public var isAtEnd: Bool {
    receiver.buffer.count == 0 && (receiver.isAtEnd || state == .closed || state == .timeWait)
  }
  /// Whether `write` takes something.
  public var isWritable: Bool { takesBytes && sender.buffer.room > 0 }
  /// Whether it is worth the while to write some of so many bytes: `write` takes all of them, or a quarter of what it
  /// may ever hold, or what there is room for while nothing waits. Smaller steps would make small segments.
  public func isWorthWriting(_ count: Int) -> Bool {
    let room = sender.buffer.room
    return takesBytes && room > 0
      && (room >= min(count, sender.buffer.limit / 4) || sender.buffer.count == 0)
  }
  /// Whether `write` may take something, now or later.
  public var takesBytes: Bool {
    !sender.isFinished && (state.isSending || state == .synSent || state == .synReceived)
  }
  /// Whether nothing comes and nothing goes any more.
  public var isOver: Bool { state == .closed || state == .timeWait }
  /// Whether the peer does not answer although it was asked three times or more. Source: RFC 9293, section 3.8.3: R1.
  public var isSilent: Bool { sender.attempts >= Sender.silence }
  /// Bytes written that the peer did not acknowledge.
  public var unacknowledgedCount: Int { sender.buffer.count }
  /// Bytes to read up to the end of what the peer calls urgent; 0 if there is nothing urgent. Source: RFC 6093.
  public var urgentCount: Int {
    receiver.urgentEnd.map { max(0, $0 - receiver.firstUnread) } ?? 0
  }

  /// Takes bytes for the peer, as many as there is room.
  ///
  /// - Returns: how many; 0 if there is no room now, or never again.
  public func write(_ bytes: RawSpan) -> Int {
    guard takesBytes else { return 0 }
    if bytes.byteCount > sender.buffer.limit - sender.buffer.count { sender.widenBuffer() }
    let taken = sender.buffer.place(
      bytes.extracting(0..<min(bytes.byteCount, sender.buffer.limit - sender.buffer.count)),
      at: sender.buffer.count)
    sender.buffer.extend(by: taken)
    if taken > 0 { wake() }
    return taken
  }

  /// Takes bytes of an array, from a place on.
  public func write(_ bytes: [UInt8], from start: Int = 0) -> Int {
    // SAFETY: bytes have no padding.
    write(unsafe bytes.span.bytes.extracting(start..<bytes.count))
  }

  /// Calls all that was written so far urgent.
  public func markUrgent() {
    sender.urgentEnd = sender.dataEnd
    wake()
  }

  /// Moves bytes of the peer into memory, as many as there are and have room.
  ///
  /// - Returns: how many.
  public func read(into target: inout MutableRawSpan) -> Int {
    let count = min(target.byteCount, receiver.buffer.count)
    guard count > 0 else { return 0 }
    let buffer = receiver.buffer
    // SAFETY: as much is copied as both have.
    unsafe target.withUnsafeMutableBytes { bytes in
      unsafe buffer.copy(from: 0, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]))
    }
    return removed(count)
  }

  /// Bytes of the peer, at most so many; none if there are none.
  public func read(atMost limit: Int) -> [UInt8] {
    let count = max(0, min(limit, receiver.buffer.count))
    let buffer = receiver.buffer
    // SAFETY: all that is made is written.
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { target, filled in
      unsafe buffer.copy(
        from: 0,
        into: UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(target)[..<count]))
      filled = count
    }
    _ = removed(count)
    return bytes
  }

  private func removed(_ count: Int) -> Int {
    receiver.buffer.removeFirst(count)
    receiver.noteRead()
    if isOver, receiver.buffer.count == 0 { receiver.buffer.clear() }
    if receiver.shouldTellWindow(segmentForWindow) { wake() }
    return count
  }

  /// Says that nothing more is written. What was written is still sent, and the peer may go on.
  public func finish() {
    guard !sender.isFinished else { return }
    switch state {
    case .synSent where sender.buffer.count == 0 && isOrphan: end(nil)
    case .synSent, .synReceived: break
    case .established: state = .finWait1
    case .closeWait: state = .lastAcknowledgment
    default: return
    }
    sender.isFinished = true
    wake()
  }

  /// Gives the connection up. What was written is still sent; what the peer sends from now on resets it.
  public func close() {
    guard !isOrphan else { return }
    isOrphan = true
    finish()
    receiver.discard()
    wake()
  }

  /// Ends the connection at once; the peer is told, and what was written is lost.
  public func abort() {
    guard !isOver else { return }
    mustReset = state != .synSent
    end(.aborted)
    wake()
  }

  /// Comes to an end; no timer is left.
  func end(_ failure: TCPError?) {
    if state != .closed, self.failure == nil { self.failure = failure }
    enter(.closed)
    sender.buffer.clear()
    receiver.pieces.clear()
    if isOrphan || receiver.buffer.count == 0 { receiver.buffer.clear() }
    cancelTimers()
  }

  func cancelTimers() {
    sender.timer.cancel()
    delayed.cancel()
    keepaliveTimer.cancel()
    lifetime.cancel()
    mustAsk = false
  }

  func enter(_ new: TCPState) { state = new }

  /// Sees to it that the host looks whether there is something to send.
  func wake() {
    if let slot { shared.ready.append(slot) }
  }

  /// What counts as a full segment of the peer.
  var segmentForWindow: Int {
    min(shared.maximumSegment(flow.remote.address), max(536, largestReceived))
  }
}
