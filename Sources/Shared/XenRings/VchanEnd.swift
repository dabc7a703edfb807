// SPDX-License-Identifier: Apache-2.0

/// One end of a vchan as a stream of bytes, which never waits: the owner sleeps until it is notified.
///
/// The other end is not trusted. One that breaks the protocol is gone, and who is gone stays so, whatever the
/// page says later: what has been written by then is still read, and no more.
public struct VchanEnd {
  private var ring: VchanRing
  private let role: VchanRole
  /// Whether there was somebody at the other end.
  private var wasConnected: Bool
  /// Bytes to read of one who has gone.
  private var rest: Int?
  /// Bytes that a client has written, as long as the server has taken none.
  private var unheard: Int? = 0
  /// What was wrong with the ring, if the other end broke the protocol.
  public private(set) var failure: RingError?

  /// The server's end, to which nobody is connected yet; see `VchanRing`.
  @unsafe public init(page: UnsafeMutableRawPointer) {
    unsafe ring = VchanRing(page: page)
    (role, wasConnected) = (.server, false)
  }

  /// The client's end; see `VchanRing`.
  @unsafe public init(
    clientOf page: UnsafeMutableRawPointer, _ layout: VchanLayout, pages: UnsafeMutableRawPointer?
  ) {
    unsafe ring = VchanRing(clientOf: page, layout, pages: pages)
    (role, wasConnected) = (.client, true)
  }

  /// Whether somebody is at the other end now.
  public var isConnected: Bool {
    mutating get { isOpen && ring.peer == .connected }
  }

  /// Whether somebody is at the other end, or may still come.
  public var isOpen: Bool {
    mutating get {
      look()
      return failure == nil && rest == nil
    }
  }

  /// The next bytes that the other end has written.
  ///
  /// - Parameters:
  ///   - count: How many at most.
  ///   - tell: Notifies the other end; called at most once.
  /// - Returns: None if there are none now: a notification will say that there are. Nil if the other end is
  ///   gone, and all that it wrote was read.
  public mutating func read(atMost count: Int, telling tell: () -> Void) -> [UInt8]? {
    for isLastLook in [false, true] {
      look()
      guard failure == nil else { return nil }
      do throws(RingError) {
        let bytes = try ring.read(atMost: min(count, rest ?? count))
        if !bytes.isEmpty {
          if let left = rest { rest = left - bytes.count }
          if ring.mustTell(of: .read) { tell() }
          return bytes
        }
      } catch {
        failure = error
        return nil
      }
      guard rest == nil else { return nil }
      if !isLastLook { ring.wish(for: .written) }
    }
    return []
  }

  /// Writes as much of some bytes, from `offset` on, as there is room for.
  ///
  /// - Parameters:
  ///   - bytes: There is at least one from `offset` on.
  ///   - offset: What was written before.
  ///   - tell: Notifies the other end; called at most once.
  /// - Returns: How many were written. 0 if there is no room now: a notification will say that there is. Nil if
  ///   the other end is gone.
  public mutating func write(
    _ bytes: [UInt8], from offset: Int, telling tell: () -> Void
  ) -> Int? {
    for isLastLook in [false, true] {
      guard isOpen else { return nil }
      do throws(RingError) {
        let count = try ring.write(bytes, from: offset)
        if count > 0 {
          unheard = unheard.map { $0 + count }
          if ring.mustTell(of: .written) { tell() }
          return count
        }
      } catch {
        failure = error
        return nil
      }
      if !isLastLook { ring.wish(for: .read) }
    }
    return 0
  }

  /// How many bytes that were written the other end has not taken; unless there are none, a notification will
  /// say that it has taken some. One that is gone will take no more. Nil if it broke the protocol.
  public mutating func unread() -> Int? {
    let isOpen = isOpen
    guard failure == nil else { return nil }
    do throws(RingError) {
      let count = try ring.pending()
      guard isOpen, count > 0 else { return count }
      ring.wish(for: .read)
      return try ring.pending()
    } catch {
      failure = error
      return nil
    }
  }

  /// Whether the other end is to be notified once more if nothing happens for a while.
  ///
  /// A server of libxenvchan that waits for its client, and is notified of the client and of its first bytes at
  /// once, does not look for bytes: `vchan-socket-proxy` sleeps on.
  public var needsReminder: Bool {
    mutating get {
      guard role == .client, let written = unheard, written > 0, isOpen else { return false }
      guard let pending = try? ring.pending(), pending < written else { return true }
      unheard = nil
      return false
    }
  }

  /// Tells the other end that nobody is here any more; it is to be notified.
  public func close() { ring.close() }

  /// Notices that the other end has gone, the first time that it has.
  private mutating func look() {
    guard failure == nil, rest == nil else { return }
    switch ring.peer {
    case .connected: wasConnected = true
    case .waiting where role == .server && !wasConnected: break
    case .waiting, .gone:
      do throws(RingError) {
        rest = try ring.available()
      } catch {
        failure = error
      }
    }
  }
}
