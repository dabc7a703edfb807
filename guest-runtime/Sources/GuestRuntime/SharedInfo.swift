// SPDX-License-Identifier: Apache-2.0

import CGuestSupport
import GuestHeap
import Synchronization
package import XenABI
import XenEvents
import XenFrontends

/// The page in which Xen keeps this domain's clock and event channel bits.
@safe struct SharedInfo {
  private let page: UnsafeMutableRawPointer

  /// The page, mapped when it is first needed; nil if Xen refuses,
  /// or if there is RAM in its place.
  static var mapped: SharedInfo? {
    unsafe cached ?? map()
  }
  nonisolated(unsafe) private static var cached: SharedInfo?

  @inline(never)
  private static func map() -> SharedInfo? {
    // Xen would throw RAM that is there away, and the heap has it.
    let frame = GuestFrameNumber(rawValue: MappedMemory.sharedInfoFrame)
    var memory = FreeMemory(at: frame.address.rawValue)
    BootInformation.read().considerAll(for: &memory)
    guard !memory.isRAM else { return nil }
    var argument = AddToPhysmapArgument(sharedInfoAt: frame)
    guard
      let _ = try? XenHypercalls.issue(
        .memory, HypercallOperation.addToPhysmap, &argument),
      let page = unsafe frame.mappedPage
    else { return nil }
    unsafe cached = unsafe SharedInfo(page: page)
    return unsafe cached
  }

  var events: EventPage { unsafe EventPage(page: page) }

  /// The time now, from the first virtual CPU's clock.
  @inline(never)
  func systemTime() -> SystemTime {
    let time = unsafe page + VCPUInfoLayout.time
    // SAFETY (all): within the page, aligned as in the C structure; Xen changes the fields only
    // while the version is odd.
    let version = unsafe (time + VCPUTimeLayout.version)
      .assumingMemoryBound(to: Atomic<UInt32>.self)
    while true {
      let before = unsafe version.pointee.load(ordering: .acquiring)
      let scale = unsafe ClockScale(
        timestamp: time.load(fromByteOffset: VCPUTimeLayout.timestamp, as: UInt64.self),
        systemTime: time.load(fromByteOffset: VCPUTimeLayout.systemTime, as: UInt64.self),
        multiplier: time.load(fromByteOffset: VCPUTimeLayout.multiplier, as: UInt32.self),
        shift: time.load(fromByteOffset: VCPUTimeLayout.shift, as: Int8.self))
      let counter = guest_read_timestamp()
      atomicMemoryFence(ordering: .acquiring)
      let after = unsafe version.pointee.load(ordering: .relaxed)
      if before == after, before & 1 == 0 { return scale.systemTime(at: counter) }
    }
  }
}

extension SharedInfo {
  /// The time since 1970 at a system time, from the wall clock of system time 0; nil if Xen has none.
  func wallClock(at nanoseconds: UInt64) -> (seconds: UInt64, nanoseconds: UInt64)? {
    // SAFETY (all): within the page, aligned as in the C structure; Xen changes the fields only
    // while the version is odd.
    let version = unsafe (page + SharedInfoLayout.wallClockVersion)
      .assumingMemoryBound(to: Atomic<UInt32>.self)
    while true {
      let before = unsafe version.pointee.load(ordering: .acquiring)
      let seconds = field(SharedInfoLayout.wallClockSeconds)
      let fraction = field(SharedInfoLayout.wallClockNanoseconds)
      let high = field(SharedInfoLayout.wallClockSecondsHigh)
      atomicMemoryFence(ordering: .acquiring)
      let after = unsafe version.pointee.load(ordering: .relaxed)
      guard before == after, before & 1 == 0 else { continue }
      let base = high << 32 | seconds
      let later = nanoseconds &+ fraction
      return base == 0 ? nil : (base &+ later / 1_000_000_000, later % 1_000_000_000)
    }
  }

  private func field(_ offset: Int) -> UInt64 {
    // SAFETY: see `wallClock`.
    UInt64(unsafe page.load(fromByteOffset: offset, as: UInt32.self))
  }
}

extension GuestFrameNumber {
  /// The frame's bytes, where memory is mapped one to one; nil outside of what is mapped.
  package var mappedPage: UnsafeMutableRawPointer? {
    MappedMemory.contains(address.rawValue, count: UInt64(PageLayout.size))
      ? unsafe UnsafeMutableRawPointer(bitPattern: UInt(address.rawValue)) : nil
  }
}
