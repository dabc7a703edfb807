// SPDX-License-Identifier: Apache-2.0

import CHostSystem
import Glibc
public import SystemPackage

/// Many descriptors of which those are told that are ready, and one descriptor for all of them. C name: `epoll`.
public final class InterestSet {
  /// Readable while any of the set is ready.
  public let descriptor: FileDescriptor
  private var known: [Int32: DescriptorInterest] = [:]

  public init() throws(Errno) {
    let number = epoll_create1(Int32(O_CLOEXEC))
    guard number >= 0 else { throw Errno(rawValue: errno) }
    descriptor = FileDescriptor(rawValue: number)
  }

  deinit {
    try? descriptor.close()
  }

  /// Says what a descriptor is waited for from now on; for nothing, not even its end, if that is neither reading
  /// nor writing. It has to be so before it is closed.
  ///
  /// - Throws: why the kernel does not wait for it; what was said before stays so.
  public func update(_ interest: DescriptorInterest) throws(Errno) {
    let number = interest.descriptor.rawValue
    let before = known[number]
    guard before != interest else { return }
    guard interest.reading || interest.writing else {
      if before != nil { epoll_ctl(descriptor.rawValue, EPOLL_CTL_DEL, number, nil) }
      known[number] = nil
      return
    }
    var event = epoll_event()
    event.events =
      UInt32(interest.reading ? POLLIN : 0) | UInt32(interest.writing ? POLLOUT : 0)
    event.data.fd = number
    let change = before == nil ? EPOLL_CTL_ADD : EPOLL_CTL_MOD
    guard epoll_ctl(descriptor.rawValue, change, number, &event) == 0 else {
      throw Errno(rawValue: errno)
    }
    known[number] = interest
  }

  /// Waits for this one no more; it may be closed then.
  public func remove(_ descriptor: FileDescriptor) {
    try? update(DescriptorInterest(descriptor))
  }

  /// Those that are ready, or have ended, before a moment; none if it comes first.
  public func ready(until deadline: MonotonicTime = .now) -> [FileDescriptor] {
    var events = [epoll_event](repeating: epoll_event(), count: 64)
    let count = epoll_wait(
      descriptor.rawValue, &events, Int32(events.count), deadline.pollTimeout(from: .now))
    return events.prefix(max(0, Int(count))).map { FileDescriptor(rawValue: $0.data.fd) }
  }
}

/// A descriptor that is readable from a moment on. C name: `timerfd`.
public final class Alarm {
  public let descriptor: FileDescriptor

  public init() throws(Errno) {
    let number = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_CLOEXEC) | Int32(TFD_NONBLOCK))
    guard number >= 0 else { throw Errno(rawValue: errno) }
    descriptor = FileDescriptor(rawValue: number)
  }

  deinit {
    try? descriptor.close()
  }

  /// Sets the moment, in place of the one before; nil for none.
  public func set(_ moment: MonotonicTime?) {
    var setting = itimerspec()
    if let moment {
      // The time 0 would mean none.
      let nanoseconds = max(1, moment.nanoseconds)
      setting.it_value = timespec(
        tv_sec: nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
    }
    timerfd_settime(descriptor.rawValue, Int32(TFD_TIMER_ABSTIME), &setting, nil)
  }
}
