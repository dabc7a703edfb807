// SPDX-License-Identifier: Apache-2.0

import GuestConcurrency
// One import for an appliance with tasks and disks.
@_exported public import GuestDisk
public import GuestRuntime
import XenBlock
import XenFrontends
import _Concurrency

/// The calls of `Disk` that let other tasks run while the backend works. Any number may be under way; as many
/// as the ring has room for are with the backend at a time, the others wait for their turn.
extension Disk {
  /// Reads bytes.
  ///
  /// - Throws: `GuestError` if the range is not one of the disk's, the backend cannot read it or does not
  ///   answer in time, or the task is cancelled.
  public func read(
    _ count: Int, at offset: UInt64, withinMilliseconds limit: UInt64 = patience
  ) async throws(GuestError) -> [UInt8] {
    let request = BlockRequest.read(count, at: offset)
    try await finish(request, limit)
    return request.takeBytes()
  }

  /// Writes bytes; other requests may pass them. They are durable after the next `flush`.
  ///
  /// - Throws: `GuestError` as `read` does; also if the disk can only be read. After an error any part may have
  ///   been written.
  public func write(
    _ bytes: [UInt8], at offset: UInt64, withinMilliseconds limit: UInt64 = patience
  ) async throws(GuestError) {
    try await finish(.write(bytes, at: offset), limit)
  }

  /// Makes durable what was written by calls that have returned.
  ///
  /// - Throws: `GuestError` if the backend cannot or does not answer in time, or the task is cancelled.
  public func flush(withinMilliseconds limit: UInt64 = patience) async throws(GuestError) {
    try await finish(.flush(), limit)
  }

  /// Lets the disk forget a range: what is read there afterwards may be anything.
  ///
  /// - Throws: `GuestError` if the disk does not discard, or as `write` does.
  public func discard(
    _ count: UInt64, at offset: UInt64, withinMilliseconds limit: UInt64 = patience
  ) async throws(GuestError) {
    try await finish(.discard(count, at: offset), limit)
  }

  /// Adds a request and lets others run until its end.
  private func finish(_ request: BlockRequest, _ limit: UInt64) async throws(GuestError) {
    DiskPump.start(for: frontend)
    frontend.add(request)
    let asked = Asked(request: request)
    let end = await Waiter.wait(atMost: limit) { asked.request.outcome != nil }
    switch end {
    case .ready: try result(of: request)
    case .timedOut:
      frontend.abandon(request)
      throw timeout(limit)
    case .cancelled:
      frontend.abandon(request)
      throw .cancelled
    }
  }
}

/// A request that a waiter looks at. There is one CPU, and it is looked at between jobs only.
private struct Asked: @unchecked Sendable {
  let request: BlockRequest
}

extension Guest {
  /// Opens a disk, and lets other tasks run until its backend is there. One that is open already is the same
  /// disk.
  ///
  /// - Parameters:
  ///   - name: `xvda`, a number of xenstore like `51712`, or a place among the disks: `0` is the first.
  ///   - limit: how long to wait for the backend, in milliseconds.
  /// - Returns: the disk, whose backend is connected.
  /// - Throws: `GuestError` if there is no such disk, saying which there are; if the backend is not there in
  ///   time, or describes a disk that cannot be; or if the task is cancelled.
  public borrowing func openDisk(
    _ name: GuestText = "0", withinMilliseconds limit: UInt64 = 10_000
  ) async throws(GuestError) -> Disk {
    let disk = try findDisk(name)
    DiskPump.start(for: disk.frontend)
    let end = await Waiter.wait(atMost: limit) { disk.frontend.isSettled }
    if end == .cancelled { throw .cancelled }
    try disk.checkConnection(limit)
    return disk
  }
}

/// A disk's driver, which goes on while tasks wait for it: one for each disk.
private final class DiskPump: PumpedDriver {
  nonisolated(unsafe) private static var pumps: [DiskPump] = []

  private let frontend: DiskFrontend

  private init(_ frontend: DiskFrontend) { self.frontend = frontend }

  /// Starts to go on with a disk, unless that is done already.
  static func start(for frontend: DiskFrontend) {
    unsafe pumps.removeAll { $0.isClosed }
    guard unsafe !pumps.contains(where: { $0.frontend === frontend }) else { return }
    let pump = DiskPump(frontend)
    unsafe pumps.append(pump)
    DriverPump.start(for: pump)
  }

  var isClosed: Bool { frontend.isClosed }
  var ports: DriverPorts { DriverPorts(frontend.port) }

  func advance() -> SystemTime? {
    let count = frontend.endCount
    defer { if frontend.endCount != count { Waiters.lookAgain() } }
    return frontend.advance()
  }
}
