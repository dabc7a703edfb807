// SPDX-License-Identifier: Apache-2.0

package import GuestDevices
public import GuestRuntime
import XenABI
public import XenBlock
import XenFrontends

/// The driver in a guest.
package typealias DiskFrontend = BlockFrontend<GuestDeviceMachine, GuestDeviceStore>

/// A virtual disk of the domain.
///
/// Offsets and counts are in bytes, and multiples of `sectorSize`. A request of any length is possible; it
/// travels in pieces. What was written is durable when a `flush` after it has returned. When the backend goes
/// away and comes back, what it has not answered is asked once more, and nobody notices but by the time.
public struct Disk: @unchecked Sendable {
  // There is one CPU, and nothing runs in the middle of a call.
  package let frontend: DiskFrontend
  /// Its name: `xvda`.
  public let name: GuestText

  /// How long a request may take, in milliseconds, unless it is said otherwise.
  public static var patience: UInt64 { 60_000 }

  package init(
    _ frontend: DiskFrontend, name: GuestText
  ) {
    self.frontend = frontend
    self.name = name
  }

  // MARK: What it is like

  /// Bytes on the disk. A disk may grow while it is used.
  public var size: UInt64 { frontend.geometry?.size ?? 0 }
  /// Bytes of a sector: 512 to 4096.
  public var sectorSize: Int { frontend.geometry?.sectorSize ?? 512 }
  /// Sectors on the disk.
  public var sectorCount: UInt64 { size / UInt64(sectorSize) }
  /// Whether it can only be read.
  public var isReadOnly: Bool { frontend.geometry?.isReadOnly ?? true }
  /// Whether the medium can be taken out.
  public var isRemovable: Bool { frontend.geometry?.isRemovable ?? false }
  /// Whether the backend has a cache, so that `flush` does something.
  public var flushes: Bool { frontend.geometry?.flushes ?? false }
  /// Whether `discard` is possible.
  public var discards: Bool { frontend.geometry?.discards ?? false }
  /// How the disk is doing.
  public var state: BlockState { frontend.state }

  // MARK: What it does

  /// Reads bytes.
  ///
  /// - Throws: `GuestError` if the range is not one of the disk's, the backend cannot read it, or does not
  ///   answer in time.
  public func read(
    _ count: Int, at offset: UInt64, withinMilliseconds limit: UInt64 = patience
  ) throws(GuestError) -> [UInt8] {
    let request = BlockRequest.read(count, at: offset)
    try finish(request, limit)
    return request.takeBytes()
  }

  /// Writes bytes; other requests may pass them. They are durable after the next `flush`.
  ///
  /// - Throws: `GuestError` as `read` does; also if the disk can only be read. After an error any part may have
  ///   been written.
  public func write(
    _ bytes: [UInt8], at offset: UInt64, withinMilliseconds limit: UInt64 = patience
  ) throws(GuestError) {
    try finish(.write(bytes, at: offset), limit)
  }

  /// Makes durable what was written by calls that have returned.
  ///
  /// - Throws: `GuestError` if the backend cannot, or does not answer in time.
  public func flush(withinMilliseconds limit: UInt64 = patience) throws(GuestError) {
    try finish(.flush(), limit)
  }

  /// Lets the disk forget a range: what is read there afterwards may be anything.
  ///
  /// - Throws: `GuestError` if the disk does not discard, or as `write` does.
  public func discard(
    _ count: UInt64, at offset: UInt64, withinMilliseconds limit: UInt64 = patience
  ) throws(GuestError) {
    try finish(.discard(count, at: offset), limit)
  }

  /// Closes the disk: the backend is told, and what it was lent is taken back.
  public func close() {
    frontend.close()
    // A backend that does not answer is told all the same, after three seconds.
    wait(4000) { frontend.isClosed }
  }

  /// Adds a request and waits for its end.
  private func finish(_ request: BlockRequest, _ limit: UInt64) throws(GuestError) {
    frontend.add(request)
    guard wait(limit, until: { request.outcome != nil }) else {
      frontend.abandon(request)
      throw timeout(limit)
    }
    try result(of: request)
  }

  /// Throws what a request ended with.
  package func result(of request: BlockRequest) throws(GuestError) {
    if case .failure(let error)? = request.outcome { throw GuestError(error, on: name) }
  }

  /// What to throw for a request that was not answered in time.
  package func timeout(_ limit: UInt64) -> GuestError {
    GuestError("disk \(name): the backend has not answered for \(limit) ms")
  }

  /// Lets the driver go on until `condition` holds; false when the time is up.
  @discardableResult
  package func wait(_ limit: UInt64, until condition: () -> Bool) -> Bool {
    let calls = XenHypercalls()
    let end = calls.now().advanced(byMilliseconds: limit)
    let store = XenPages.port(.storePort)
    while true {
      let port = frontend.port ?? store
      if let port { calls.clearPending(port) }
      if let store { calls.clearPending(store) }
      let again = frontend.advance()
      if condition() { return true }
      let now = calls.now()
      guard now < end else { return false }
      let deadline = min(again ?? end, end)
      guard now < deadline, port == (frontend.port ?? store), let port, let store else { continue }
      calls.wait(for: port, or: store, until: deadline)
    }
  }
}
