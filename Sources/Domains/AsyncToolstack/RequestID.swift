// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Tells apart those who wait for something; none is given out twice.
struct RequestID: Hashable, Sendable {
  private static let last = Atomic<UInt64>(0)
  private let number = last.wrappingAdd(1, ordering: .relaxed).newValue
}
