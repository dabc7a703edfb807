// SPDX-License-Identifier: Apache-2.0

import CXenLight
public import HostSystem
public import XenDomainModel

/// Finds out when a guest has done what it has noted: its time-stamp counter is read before its first instruction and
/// after its last, each time beside this machine's clock. What lies between two values of the one, lies between the two
/// moments of the other.
public final class MarkReader {
  private let host: ControlDomain
  private let domain: Domain
  private let memory: GuestMemory
  private let address: UInt64
  private let start: CounterReading

  /// Reads the counter of a domain that is about to be unpaused, and whose record is at this physical address.
  public init(_ domain: Domain, recordAt address: UInt64, host: ControlDomain)
    throws(ToolstackError)
  {
    self.domain = domain
    self.host = host
    self.address = address
    memory = try GuestMemory(of: domain.id)
    start = try host.counter(of: domain)
  }

  /// Reads what the guest has noted, in a domain that runs no more and is still there.
  ///
  /// - Parameter unpaused: The moment that the times are counted from.
  /// - Returns: Nil if there is no record, or the domain is gone.
  public func marks(since unpaused: MonotonicTime) -> GuestMarks? {
    guard let record = MarkRecord(at: address, in: memory.bytes(physical:count:)),
      let scale = (try? host.counter(of: domain)).flatMap({ CounterScale(from: start, to: $0) })
    else { return nil }
    // A counter that was at no time between the two readings says nothing.
    let marks = record.entries.compactMap { entry in
      scale.moment(of: entry.counter).map {
        GuestMarks.Mark(name: entry.name, microseconds: max(0, $0.microseconds(since: unpaused)))
      }
    }
    return GuestMarks(marks, lostCount: record.lostCount)
  }
}

/// A guest's time-stamp counter, and when it had that value.
struct CounterReading: Equatable {
  var counter: UInt64
  var moment: MonotonicTime
}

/// What turns values of a guest's counter into moments: a straight line through two readings.
struct CounterScale: Equatable {
  private let start: CounterReading
  private let end: CounterReading

  /// Nil unless both the counter and the clock went forward.
  init?(from start: CounterReading, to end: CounterReading) {
    guard end.counter > start.counter, end.moment > start.moment else { return nil }
    self.start = start
    self.end = end
  }

  /// When the counter had this value; nil if that was not between the two readings.
  func moment(of counter: UInt64) -> MonotonicTime? {
    guard (start.counter...end.counter).contains(counter) else { return nil }
    let length = UInt64(end.moment.nanoseconds - start.moment.nanoseconds)
    let product = length.multipliedFullWidth(by: counter - start.counter)
    let (elapsed, _) = (end.counter - start.counter).dividingFullWidth(product)
    return MonotonicTime(nanoseconds: start.moment.nanoseconds + Int(elapsed))
  }
}

extension CounterReading {
  private static var readingCount: Int { 5 }
  /// Nanoseconds of a reading that nothing has held up.
  private static var quickReading: Int { 100_000 }

  /// The quickest of a few readings, with the moment of its middle: the moment is known no better than a reading is
  /// long, and a busy machine may stop this process within one.
  static func quickest(
    clock: () -> MonotonicTime = { .now }, of read: () throws(ToolstackError) -> UInt64
  ) throws(ToolstackError) -> CounterReading {
    var quickest: (length: Int, reading: CounterReading)?
    for _ in 0..<readingCount {
      let before = clock()
      let counter = try read()
      let length = clock().nanoseconds - before.nanoseconds
      if let quickest, quickest.length <= length { continue }
      let middle = MonotonicTime(nanoseconds: before.nanoseconds + length / 2)
      quickest = (length, CounterReading(counter: counter, moment: middle))
      if length <= quickReading { break }
    }
    return quickest?.reading ?? CounterReading(counter: 0, moment: clock())
  }
}

extension ControlDomain {
  /// The counter of a domain's first virtual CPU, which does not run meanwhile.
  fileprivate func counter(of domain: Domain) throws(ToolstackError) -> CounterReading {
    try .quickest { () throws(ToolstackError) in
      var value: UInt64 = 0
      guard pvh_get_counter(control, UInt32(domain.id.rawValue), &value) == 0 else {
        throw ToolstackError(call: "reading the time-stamp counter of domain \(domain.id)")
      }
      return value
    }
  }
}
