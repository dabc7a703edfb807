// SPDX-License-Identifier: Apache-2.0

import Testing
import XenABI
import XenFrontends

/// A shared page, a channel and a clock; `peer` plays the daemon each time the guest sleeps.
///
/// Stricter than Xen: it refuses ports that are not the guest's, and a sleep without a deadline.
final class FakeXen: Hypercalls {
  let page: UnsafeMutableRawPointer
  let port = EventChannelPort(rawValue: 3)
  private(set) var notifications = 0
  private(set) var sleeps = 0
  private var nanoseconds: UInt64 = 5_000_000_000
  private var isPending = false

  /// What the daemon does while the guest sleeps; true if it notifies the guest.
  var peer: (FakeXen) -> Bool = { _ in false }
  /// What the daemon does whenever the guest asks the machine for anything: in the middle of things.
  var meddle: (FakeXen) -> Void = { _ in }
  /// How long the guest sleeps until it is notified.
  var wakeNanoseconds: UInt64 = 1_000_000
  /// Whether Xen refuses to notify, as for a port that is not connected.
  var refusesNotifications = false

  init() {
    page = .allocate(byteCount: 4096, alignment: 4096)
    page.initializeMemory(as: UInt8.self, repeating: 0, count: 4096)
  }

  deinit { page.deallocate() }

  func notify(_ port: EventChannelPort) throws(HypercallError) {
    meddle(self)
    guard port == self.port, !refusesNotifications else { throw .invalidArgument }
    notifications += 1
  }

  func yield() {}

  func clearPending(_ port: EventChannelPort) {
    meddle(self)
    #expect(port == self.port)
    isPending = false
  }

  func wait(for port: EventChannelPort, until deadline: SystemTime) {
    #expect(port == self.port)
    #expect(deadline > now(), "a sleep that is already over")
    sleeps += 1
    if isPending { return }
    if peer(self) {
      isPending = true
      nanoseconds += wakeNanoseconds
    } else {
      nanoseconds = deadline.rawValue
    }
  }

  func now() -> SystemTime {
    meddle(self)
    return SystemTime(rawValue: nanoseconds)
  }
}

extension FakeXen {
  /// A 32-bit index in the page.
  subscript(index offset: Int) -> UInt32 {
    get { page.load(fromByteOffset: offset, as: UInt32.self) }
    set { page.storeBytes(of: newValue, toByteOffset: offset, as: UInt32.self) }
  }

  /// As the daemon: reads up to `limit` bytes of a ring that the guest writes, none if its indices
  /// are impossible.
  func take(
    _ range: Range<Int>, produced: Int, consumed: Int, limit: Int = .max
  ) -> [UInt8] {
    let used = Int(self[index: produced] &- self[index: consumed])
    let count = used <= range.count ? min(used, limit) : 0
    let bytes = (0..<count).map { offset in
      let index = Int(self[index: consumed] &+ UInt32(offset)) % range.count
      return page.load(fromByteOffset: range.lowerBound + index, as: UInt8.self)
    }
    self[index: consumed] &+= UInt32(count)
    return bytes
  }

  /// As the daemon: writes bytes to a ring that the guest reads.
  func put(_ bytes: [UInt8], _ range: Range<Int>, produced: Int) {
    for byte in bytes {
      let index = Int(self[index: produced]) % range.count
      page.storeBytes(of: byte, toByteOffset: range.lowerBound + index, as: UInt8.self)
      self[index: produced] &+= 1
    }
  }
}

/// What xenconsoled does to the page.
extension FakeXen {
  /// What the guest has printed since the last look.
  func output(limit: Int = .max) -> [UInt8] {
    take(
      ConsolePageLayout.output, produced: ConsolePageLayout.outputProduced,
      consumed: ConsolePageLayout.outputConsumed, limit: limit)
  }

  /// Somebody types.
  func type(_ bytes: [UInt8]) {
    put(bytes, ConsolePageLayout.input, produced: ConsolePageLayout.inputProduced)
  }

  func makeConsole() -> ConsoleFrontend<FakeXen> {
    ConsoleFrontend(page: page, port: port, calls: self)
  }
}

extension ConsoleFrontend {
  mutating func print(_ text: String) {
    Array(text.utf8).withUnsafeBytes { write($0) }
  }
}
