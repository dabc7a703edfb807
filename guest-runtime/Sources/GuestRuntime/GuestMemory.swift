// SPDX-License-Identifier: Apache-2.0

/// The domain's memory.
public struct GuestMemory: Sendable {
  /// How the heap is doing now.
  public var heap: HeapStatus { HeapStatus.now }
}
