// SPDX-License-Identifier: Apache-2.0

import Synchronization
import XenABI
import XenEvents

/// A shared info page, and Xen's side of it by the rules of `xen/common/event_2l.c`.
final class FakeEvents: @unchecked Sendable {
  private let page = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 4096)
  let events: EventPage

  init() {
    page.initializeMemory(as: UInt8.self, repeating: 0, count: 4096)
    events = EventPage(page: page)
  }

  deinit { page.deallocate() }

  /// Xen's `EVTCHNOP_send`, seen from the receiver; false if the port was pending already.
  @discardableResult
  func send(_ port: UInt32) -> Bool {
    let (word, bit) = (Int(port / 64) * 8, UInt64(1) << UInt64(port % 64))
    let wasPending = field(2048 + word).pointee.bitwiseOr(bit, ordering: .sequentiallyConsistent)
      .oldValue
    guard wasPending & bit == 0 else { return false }
    if field(2560 + word).pointee.load(ordering: .sequentiallyConsistent) & bit == 0 { raise(port) }
    return true
  }

  /// Xen's `EVTCHNOP_unmask`.
  func unmask(_ port: UInt32) {
    let (word, bit) = (Int(port / 64) * 8, UInt64(1) << UInt64(port % 64))
    field(2560 + word).pointee.bitwiseAnd(~bit, ordering: .sequentiallyConsistent)
    if field(2048 + word).pointee.load(ordering: .sequentiallyConsistent) & bit != 0 { raise(port) }
  }

  /// Whether the guest would be interrupted.
  var wantsUpcall: Bool { page.load(as: UInt8.self) != 0 }

  /// Whether every byte is as it was in the beginning.
  var isUntouched: Bool {
    UnsafeRawBufferPointer(start: page, count: 4096).allSatisfy { $0 == 0 }
  }

  /// What the guest takes in one look.
  func take() -> [UInt32] {
    var set = PortSet()
    events.takePending(into: &set)
    var ports: [UInt32] = []
    while let port = set.popFirst() { ports.append(port.rawValue) }
    return ports
  }

  private func raise(_ port: UInt32) {
    let bit = UInt64(1) << UInt64(port / 64)
    let selector = field(8).pointee.bitwiseOr(bit, ordering: .sequentiallyConsistent).oldValue
    guard selector & bit == 0 else { return }
    page.assumingMemoryBound(to: Atomic<UInt8>.self).pointee
      .store(1, ordering: .sequentiallyConsistent)
  }

  private func field(_ offset: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
    (page + offset).assumingMemoryBound(to: Atomic<UInt64>.self)
  }
}
