// SPDX-License-Identifier: Apache-2.0

import GuestConcurrency
public import GuestRuntime
// One import for an appliance with tasks and vchans.
@_exported public import GuestVchan
import XenFrontends
import _Concurrency

/// A vchan whose calls let other tasks run while the other end does nothing: one task may read while another
/// writes.
public final class VchanStream: @unchecked Sendable {
  // There is one CPU, and nothing runs in the middle of a call.
  private var vchan: Vchan?

  /// How long a server that has heard of nothing is left alone, in milliseconds.
  private static var reminderPause: UInt64 { 100 }

  fileprivate init(_ vchan: consuming Vchan) throws(GuestError) {
    let channel = vchan.wakingChannel
    self.vchan = consume vchan
    try GuestEvents().handle(channel) {}
  }

  /// Whether somebody is at the other end now.
  public var isConnected: Bool { vchan?.isConnected ?? false }

  /// The next bytes that the other end has written.
  ///
  /// - Parameters:
  ///   - count: how many at most.
  ///   - limit: how many milliseconds to wait; nil for ever.
  /// - Returns: none when the time is up; nil when the other end has gone, or broke the protocol, and all that
  ///   it wrote was read.
  /// - Throws: `GuestError` if the task is cancelled.
  public func read(
    atMost count: Int = 1024, withinMilliseconds limit: UInt64? = nil
  ) async throws(GuestError) -> [UInt8]? {
    var bytes: [UInt8]? = []
    _ = try await wait(limit) { stream in
      bytes = stream.vchan?.readNow(atMost: count)
      return bytes?.isEmpty != true
    }
    return bytes
  }

  /// Writes bytes, as there is room for them.
  ///
  /// - Parameters:
  ///   - bytes: all of them are written, unless it throws.
  ///   - limit: how many milliseconds to wait for room each time.
  /// - Throws: `GuestError` if the other end has gone, broke the protocol, or has not read in time, or the task
  ///   is cancelled.
  public func write(
    _ bytes: [UInt8], withinMilliseconds limit: UInt64 = 60_000
  ) async throws(GuestError) {
    var written = 0
    while written < bytes.count {
      var count: Int?
      let isReady = try await wait(limit) { [written] stream in
        count = stream.vchan?.writeNow(bytes, from: written)
        return count != 0
      }
      guard isReady else {
        throw GuestError("the other end of the vchan has not read for \(limit) ms")
      }
      guard let count else { throw GuestError("the other end of the vchan has gone") }
      written += count
    }
  }

  /// Waits for a client.
  ///
  /// - Parameter limit: how many milliseconds to wait; nil for ever.
  /// - Returns: false when the time is up, or the client has gone already.
  /// - Throws: `GuestError` if the task is cancelled.
  public func accept(withinMilliseconds limit: UInt64? = nil) async throws(GuestError) -> Bool {
    _ = try await wait(limit) { $0.isConnected || $0.vchan?.isOpen != true }
    return isConnected
  }

  /// Waits until the other end has read all that was written; false when the time is up, or it has gone before.
  ///
  /// - Throws: `GuestError` if the task is cancelled.
  public func drain(withinMilliseconds limit: UInt64) async throws(GuestError) -> Bool {
    var left: Int?
    _ = try await wait(limit) { stream in
      left = stream.vchan?.unread()
      return left == nil || left == 0 || stream.vchan?.isOpen != true
    }
    return left == 0
  }

  /// Closes it: the other end is told, and what it took is given back. Calls that wait return.
  public func close(in guest: borrowing Guest) {
    guard let vchan = vchan.take() else { return }
    vchan.close(in: guest)
  }

  /// Lets other tasks run until `isReady`; false when the time is up.
  private func wait(
    _ limit: UInt64?, until isReady: @escaping (VchanStream) -> Bool
  ) async throws(GuestError) -> Bool {
    let end = limit.map { SystemTime.now.advanced(byMilliseconds: $0) }
    while true {
      let pause =
        vchan?.remind() == true
        ? SystemTime.now.advanced(byMilliseconds: Self.reminderPause) : nil
      let deadline = [end, pause].compactMap { $0 }.min()
      switch await Waiter.wait(until: deadline, for: { isReady(self) }) {
      case .ready: return true
      case .cancelled: throw .cancelled
      case .timedOut:
        if let end, SystemTime.now >= end { return false }
      }
    }
  }
}

extension Guest {
  /// Offers a vchan to a domain; as `offerVchan` without `await`, but for the calls of what it returns.
  ///
  /// - Throws: `GuestError` as that does.
  public borrowing func offerVchan(
    at path: GuestText, to domain: UInt16 = 0
  ) async throws(GuestError) -> VchanStream {
    try VchanStream(Vchan.offered(path, domain, self))
  }

  /// Connects to a vchan of another domain; as `connectVchan` without `await`, but for the calls of what it returns.
  ///
  /// - Throws: `GuestError` as that does.
  public borrowing func connectVchan(
    to domain: UInt16, at path: GuestText
  ) async throws(GuestError) -> VchanStream {
    try VchanStream(Vchan.connected(path, domain, self))
  }
}
