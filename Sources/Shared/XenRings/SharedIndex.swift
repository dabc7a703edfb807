// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A 32-bit ring index in a page that a peer shares.
@safe public struct SharedIndex {
  private let storage: UnsafePointer<Atomic<UInt32>>

  /// The index at `address`.
  ///
  /// - Precondition: `address` is 4-byte aligned and stays mapped as long as this value is used.
  @unsafe public init(unsafeAddress address: UnsafeMutableRawPointer) {
    // SAFETY: `Atomic<UInt32>` has the size and alignment of the ABI's index.
    unsafe storage = UnsafePointer(address.assumingMemoryBound(to: Atomic<UInt32>.self))
  }

  /// Reads the peer's index; what the peer did before storing it is visible afterwards.
  public func load() -> UInt32 {
    // SAFETY: mapped and aligned, see `init`.
    unsafe storage.pointee.load(ordering: .acquiring)
  }

  /// Stores our index; what we did before is visible to a peer that reads it.
  ///
  /// Sequentially consistent, so that a later look at the peer's index is not reordered before it:
  /// otherwise both sides could go to sleep, each having missed the other's step.
  public func store(_ value: UInt32) {
    // SAFETY: mapped and aligned, see `init`.
    unsafe storage.pointee.store(value, ordering: .sequentiallyConsistent)
  }
}
