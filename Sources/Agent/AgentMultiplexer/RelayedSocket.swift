// SPDX-License-Identifier: Apache-2.0

import Glibc
public import HostSystem
public import SystemPackage

/// What the two ends of a relayed connection say to each other.
public enum RelayPiece: Equatable, Sendable {
  /// Bytes, no more than there is room for.
  case data([UInt8])
  /// Nothing more will come in this direction.
  case end
  /// There is room for so many bytes more.
  case room(Int)
  /// The connection has broken off, for this reason, if people should know it.
  case broken(String?)
}

/// A TCP connection of which the other end is elsewhere: bytes of the socket become pieces, and pieces bytes of the
/// socket. Both directions end for themselves, and a slow reader stops only its own writer.
///
/// Here "program" is who has the socket's other end, and "peer" who takes and sends the pieces.
public final class RelayedSocket {
  /// Milliseconds that a program has to end its direction when nobody hears it any more. A socket that is closed
  /// before that, or with unread bytes, breaks the connection, and the program may lose what it has not read.
  private static let patience = 2000
  /// Bytes of a program nobody hears that are thrown away at a time.
  private static let drainLimit = 1 << 20

  private let socket: FileDescriptor
  /// Bytes that the program has not taken.
  private var waiting = ByteQueue()
  private var incoming = ReceivingWindow()
  private var outgoing = SendingWindow()
  /// Whether the peer has said that it has no more.
  private var peerHasEnded = false
  /// Whether the program has been told so.
  private var hasShutDown = false
  /// Whether the program has no more, and the peer has been told so.
  private var programHasEnded = false
  /// Whether the program takes nothing any more; what it said before is still passed on.
  private var programIsDeaf = false
  private var hasBroken = false

  /// When the socket is closed although the program neither takes anything nor ends; nil while the peer hears it.
  public private(set) var closingTime: MonotonicTime?

  /// Takes over a connected socket, which does not block.
  public init(_ socket: FileDescriptor) { self.socket = socket }

  deinit {
    // One who has seen the end is not to see a break after it.
    if hasBroken || !hasShutDown { InternetSocket.abort(socket) } else { try? socket.close() }
  }

  /// Whether both directions have ended, or the connection has broken off.
  public var isOver: Bool {
    hasBroken || hasShutDown && programHasEnded || closingTime.map { .now >= $0 } ?? false
  }

  /// What to wait for; `canSend` says whether there is room for what the socket has to say.
  public func interest(canSend: Bool) -> DescriptorInterest {
    let isHeard = canSend && outgoing.room > 0
    return DescriptorInterest(
      socket, reading: !programHasEnded && (closingTime != nil || isHeard),
      writing: !waiting.isEmpty)
  }

  /// Takes what the peer says; false if that breaks the rules, after which it is over.
  public func take(_ piece: RelayPiece) -> Bool {
    switch piece {
    case .data(let bytes):
      guard !peerHasEnded, incoming.receive(bytes.count) else {
        hasBroken = true
        return false
      }
      if !programIsDeaf { waiting.append(bytes) }
    case .end: peerHasEnded = true
    case .room(let count): outgoing.add(count)
    // All that it had to say is here: the program is to have it.
    case .broken where peerHasEnded: conclude()
    case .broken: hasBroken = true
    }
    return true
  }

  /// The peer is gone, and all that it said is here. The program gets that, and its end; what it says itself is
  /// thrown away from now on.
  public func conclude() {
    peerHasEnded = true
    closingTime = closingTime ?? .now.adding(milliseconds: Self.patience)
  }

  /// Moves bytes both ways as far as it goes now; returns what to tell the peer.
  public func advance(canSend: Bool) -> [RelayPiece] {
    guard !isOver else { return [] }
    var pieces: [RelayPiece] = []
    if let room = write() { pieces.append(.room(room)) }
    if peerHasEnded, waiting.isEmpty, !hasShutDown, !programIsDeaf {
      shutdown(socket.rawValue, Int32(SHUT_WR))
      hasShutDown = true
    }
    guard closingTime == nil else {
      drain()
      return []
    }
    if canSend, !programHasEnded, let piece = read() { pieces.append(piece) }
    if programIsDeaf, programHasEnded { hasBroken = true }
    if hasBroken { pieces.append(.broken(nil)) }
    return pieces
  }

  /// Writes what the program takes; returns the room to announce.
  private func write() -> Int? {
    var passed = 0
    sending: while !waiting.isEmpty {
      let transfer = waiting.content.withUnsafeBytes { bytes in
        Transfer.attempt {
          send(socket.rawValue, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        }
      }
      switch transfer {
      case .bytes(let count):
        waiting.removeFirst(count)
        passed += count
        if closingTime != nil { closingTime = .now.adding(milliseconds: Self.patience) }
      case .notNow: break sending
      case .ended:
        // What it said before it went may still be in the socket.
        programIsDeaf = true
        waiting = ByteQueue()
      }
    }
    return incoming.passOn(passed)
  }

  private func read() -> RelayPiece? {
    let limit = min(outgoing.room, Frame.pieceLimit)
    guard limit > 0 else { return nil }
    let bytes: [UInt8]
    switch receive(limit) {
    case .bytes(let received): bytes = received
    case .notNow: return nil
    case .end:
      programHasEnded = true
      return .end
    case .failed:
      hasBroken = true
      return nil
    }
    outgoing.take(bytes.count)
    return .data(bytes)
  }

  /// Throws away what the program has said, a bounded amount at a time.
  private func drain() {
    var count = 0
    while !programHasEnded, !hasBroken, count < Self.drainLimit {
      switch receive(Frame.pieceLimit) {
      case .bytes(let bytes): count += bytes.count
      case .notNow:
        if programIsDeaf { hasBroken = true }
        return
      case .end: programHasEnded = true
      case .failed: hasBroken = true
      }
    }
    if programIsDeaf { hasBroken = true }
  }

  private enum Received {
    case bytes([UInt8])
    case notNow
    case end
    case failed
  }

  private func receive(_ limit: Int) -> Received {
    var count = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, initialized in
      repeat {
        count = recv(socket.rawValue, buffer.baseAddress, limit, 0)
      } while count < 0 && errno == EINTR
      initialized = max(0, count)
    }
    if count > 0 { return .bytes(bytes) }
    if count == 0 { return .end }
    return errno == EAGAIN ? .notNow : .failed
  }
}

/// What the peer says before there is a socket for it.
public struct EarlyPieces: Equatable, Sendable {
  private var bytes: [UInt8] = []
  private var hasEnded = false

  public init() {}

  /// Keeps what a peer says; false if that breaks the rules: more than one window, or anything after the end.
  public mutating func take(_ piece: RelayPiece) -> Bool {
    switch piece {
    case .data(let more):
      guard !hasEnded, bytes.count + more.count <= StreamWindow.size else { return false }
      bytes += more
    case .end where !hasEnded: hasEnded = true
    // Nothing was sent to it for which there could be room.
    case .end, .room, .broken: return false
    }
    return true
  }

  /// What was kept, in order.
  public var pieces: [RelayPiece] {
    (bytes.isEmpty ? [] : [.data(bytes)]) + (hasEnded ? [.end] : [])
  }
}
