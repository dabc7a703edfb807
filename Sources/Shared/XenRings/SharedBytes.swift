// SPDX-License-Identifier: Apache-2.0

/// The bytes of a ring in a page that a peer shares. Copies in and out; never lends a pointer.
@safe public struct SharedBytes {
  private let base: UnsafeMutableRawPointer
  /// How many bytes there are.
  public let count: Int

  /// The `count` bytes at `address`.
  ///
  /// - Precondition: they stay mapped as long as this value is used.
  @unsafe public init(unsafeAddress address: UnsafeMutableRawPointer, count: Int) {
    unsafe base = address
    self.count = count
  }

  /// Copies bytes of `source`, from `offset` on, into the window.
  ///
  /// - Precondition: the window lies within the bytes, and `source` holds enough of them.
  func copy(_ source: UnsafeRawBufferPointer, from offset: Int, into window: RingWindow) {
    let total = window.firstCount + window.secondCount
    precondition(window.start + window.firstCount <= count && window.secondCount <= count)
    precondition(offset >= 0 && offset + total <= source.count)
    guard total > 0, let bytes = source.baseAddress else { return }
    // SAFETY: both ranges were checked just above.
    unsafe (base + window.start).copyMemory(from: bytes + offset, byteCount: window.firstCount)
    unsafe base.copyMemory(from: bytes + offset + window.firstCount, byteCount: window.secondCount)
  }

  /// Copies the window's bytes to the start of `destination`.
  ///
  /// - Precondition: the window lies within the bytes, and `destination` has room for it.
  func copy(_ window: RingWindow, to destination: UnsafeMutableRawBufferPointer) {
    let total = window.firstCount + window.secondCount
    precondition(window.start + window.firstCount <= count && window.secondCount <= count)
    precondition(total <= destination.count)
    guard total > 0, let bytes = destination.baseAddress else { return }
    // SAFETY: both ranges were checked just above.
    unsafe bytes.copyMemory(from: base + window.start, byteCount: window.firstCount)
    unsafe (bytes + window.firstCount).copyMemory(from: base, byteCount: window.secondCount)
  }
}
