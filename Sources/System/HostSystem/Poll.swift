// SPDX-License-Identifier: Apache-2.0

import CHostSystem
import Glibc
public import SystemPackage

/// A descriptor that a poll(2) loop is asked to look at.
public struct DescriptorInterest: Equatable, Sendable {
  public var descriptor: FileDescriptor
  /// Whether to wake up when it can be read.
  public var reading: Bool
  /// Whether to wake up when it can be written.
  public var writing: Bool

  /// Without `reading` and `writing`, the loop wakes up only when the other end is closed.
  public init(_ descriptor: FileDescriptor, reading: Bool = false, writing: Bool = false) {
    self.descriptor = descriptor
    self.reading = reading
    self.writing = writing
  }
}

/// What one turn of a loop waits for: descriptors, and a moment. C name: `poll`.
public struct PollSet: Sendable {
  private var entries: [pollfd] = []
  /// When to stop waiting; nil: never.
  public private(set) var deadline: MonotonicTime?

  public init(_ interests: [DescriptorInterest] = []) {
    add(interests)
  }

  /// Whether no descriptor is waited for.
  public var isEmpty: Bool { entries.isEmpty }

  public mutating func add(
    _ descriptor: FileDescriptor, reading: Bool = true, writing: Bool = false
  ) {
    let events = (reading ? POLLIN : 0) | (writing ? POLLOUT : 0)
    entries.append(pollfd(fd: descriptor.rawValue, events: Int16(events), revents: 0))
  }

  public mutating func add(_ interests: [DescriptorInterest]) {
    for interest in interests {
      add(interest.descriptor, reading: interest.reading, writing: interest.writing)
    }
  }

  /// Waits until then at the latest; nil adds nothing.
  public mutating func wake(at moment: MonotonicTime?) {
    guard let moment else { return }
    deadline = deadline.map { min($0, moment) } ?? moment
  }

  /// Waits until a descriptor is ready or closed, a signal comes, or the deadline has passed.
  ///
  /// - Returns: the descriptors that are ready or closed, in the order in which they were added.
  @discardableResult
  public mutating func wait() -> [FileDescriptor] {
    let count = poll(&entries, nfds_t(entries.count), deadline?.pollTimeout(from: .now) ?? -1)
    guard count > 0 else { return [] }
    return entries.filter { $0.revents != 0 }.map { FileDescriptor(rawValue: $0.fd) }
  }
}

extension PollSet {
  /// Waits until one of the descriptors can be read or is closed, a signal comes, or the deadline has passed;
  /// says which of them are.
  public static func readable(
    among descriptors: [FileDescriptor], until deadline: MonotonicTime?
  ) -> [Bool] {
    var waiting = PollSet()
    for descriptor in descriptors { waiting.add(descriptor) }
    waiting.wake(at: deadline)
    let ready = waiting.wait()
    return descriptors.map { ready.contains($0) }
  }
}

extension FileDescriptor {
  /// Whether it can be read or is closed now, or within so many milliseconds (-1: without end); a
  /// signal may end the wait.
  public func isReadable(within milliseconds: Int32 = 0) -> Bool {
    readiness(POLLIN, milliseconds) != 0
  }

  /// Whether it can be read or is closed before a moment, whatever signals come.
  public func isReadable(until deadline: MonotonicTime) -> Bool {
    isReady(POLLIN, until: deadline)
  }

  /// Whether it can be read or written, or is closed, before a moment, whatever signals come.
  public func isReadableOrWritable(until deadline: MonotonicTime) -> Bool {
    isReady(POLLIN | POLLOUT, until: deadline)
  }

  /// Whether the other end is closed.
  public var isHungUp: Bool { Int32(readiness(0, 0)) & (POLLHUP | POLLERR | POLLNVAL) != 0 }

  func waitUntilWritable() { _ = readiness(POLLOUT, -1) }

  private func isReady(_ events: Int32, until deadline: MonotonicTime) -> Bool {
    while true {
      let now = MonotonicTime.now
      if readiness(events, deadline.pollTimeout(from: now)) != 0 { return true }
      if now >= deadline { return false }
    }
  }

  /// What poll(2) says of it alone; 0 if nothing.
  func readiness(_ events: Int32, _ milliseconds: Int32) -> Int32 {
    var entry = pollfd(fd: rawValue, events: Int16(events), revents: 0)
    return poll(&entry, 1, milliseconds) > 0 ? Int32(entry.revents) : 0
  }
}

/// Ends another thread's poll(2). C name: `eventfd`.
public struct Wakeup: ~Copyable, Sendable {
  /// Readable from ``ring()`` to ``reset()``.
  public let descriptor: FileDescriptor

  public init() throws(Errno) {
    let number = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    guard number >= 0 else { throw Errno(rawValue: errno) }
    descriptor = FileDescriptor(rawValue: number)
  }

  deinit {
    try? descriptor.close()
  }

  public func ring() {
    _ = eventfd_write(descriptor.rawValue, 1)
  }

  public func reset() {
    var count: eventfd_t = 0
    _ = eventfd_read(descriptor.rawValue, &count)
  }
}
