// SPDX-License-Identifier: Apache-2.0

import GuestBoot
import HostSystem
import Testing

@testable import XenToolstack

/// What a guest notes in its memory is read as it was written, and what is no record is none.
@Suite struct MarkTests {
  /// The guest's own C, in this process's memory.
  @Test func whatTheGuestsCodeWritesIsRead() throws {
    boot_note_run_start()
    for name: StaticString in ["cache is warm", "\u{1b}[2J"] {
      boot_mark(name.utf8Start, UInt64(name.utf8CodeUnitCount))
    }
    boot_note_run_end()
    let record = try #require(
      MarkRecord(at: boot_mark_record_address()) { address, count in
        UnsafeRawPointer(bitPattern: UInt(address)).map {
          Array(UnsafeRawBufferPointer(start: $0, count: count))
        }
      })
    #expect(record.entries.map(\.name) == ["run", "\"cache is warm\"", "\"?[2J\"", "end of run"])
    #expect(record.entries.map(\.counter) == record.entries.map(\.counter).sorted())
    #expect(record.lostCount == 0)
  }

  @Test func momentsThatHaveNotComeAreLeftOut() throws {
    let record = try #require(self.record(Self.head + [30, 20, 0, 0, 0]))
    #expect(record.entries.map(\.name) == ["main", "entry"])
  }

  @Test func otherMemoryHasNoRecord() {
    #expect(record([]) == nil)
    #expect(record([0x1_4d48_5651, 1, 1, 1, 1, 0]) == nil)
    #expect(record([0x2_4d48_5650, 1, 1, 1, 1, 0]) == nil)
    #expect(record(Self.head + [1, 1, 1, 1]) == nil)
  }

  /// The guest is somebody else's program: its numbers lead anywhere.
  @Test(arguments: [
    (48, [0], 4, 0), (48, [UInt64.max, 9, 8, 7], 4, Int.max - 64), (1 << 40, [], 4, 0),
    (UInt64.max, [], 4, 0), (48, [1, 9, UInt64.max - 3, UInt64.max], 5, 0),
  ])
  func impossibleTablesDoNoHarm(table: UInt64, words: [UInt64], count: Int, lost: Int) throws {
    let record = try #require(self.record(Self.head + [1, 2, 3, 4, table] + words))
    #expect(record.entries.count == count)
    #expect(record.lostCount == lost)
  }

  @Test func aCounterIsWhereItIsBetweenTheReadings() throws {
    let scale = try #require(
      CounterScale(
        from: CounterReading(counter: 1000, moment: MonotonicTime(nanoseconds: 5_000_000)),
        to: CounterReading(counter: 3000, moment: MonotonicTime(nanoseconds: 6_000_000))))
    #expect(scale.moment(of: 1000)?.nanoseconds == 5_000_000)
    #expect(scale.moment(of: 1500)?.nanoseconds == 5_250_000)
    #expect(scale.moment(of: 3000)?.nanoseconds == 6_000_000)
    #expect(scale.moment(of: 999) == nil)
    #expect(scale.moment(of: 3001) == nil)
  }

  /// Milliseconds that each reading takes, and which of them counts.
  @Test(arguments: [
    ([40, 30, 3, 9, 8], 2), ([0, 7, 7, 7, 7], 0), ([50, 60, 70, 80, 90], 0), ([9, 8, 0, 1, 1], 2),
  ])
  func theQuickestReadingCounts(lengths: [Int], best: Int) throws {
    var (now, count) = (0, 0)
    let reading = try CounterReading.quickest {
      MonotonicTime(nanoseconds: now)
    } of: { () throws(ToolstackError) in
      now += lengths[count] * 1_000_000
      count += 1
      return UInt64(count - 1)
    }
    #expect(reading.counter == UInt64(best))
    let start = lengths[..<best].reduce(0, +)
    #expect(reading.moment.nanoseconds == start * 1_000_000 + lengths[best] * 500_000)
  }

  @Test func hoursOfAFastCounterDoNotOverflow() throws {
    let day = 86_400_000_000_000
    let scale = try #require(
      CounterScale(
        from: CounterReading(counter: 0, moment: MonotonicTime(nanoseconds: 0)),
        to: CounterReading(counter: UInt64(5 * day), moment: MonotonicTime(nanoseconds: day))))
    #expect(scale.moment(of: UInt64(5 * day - 5))?.nanoseconds == day - 1)
  }

  @Test func clocksThatStandStillAreNoScale() {
    let reading = CounterReading(counter: 7, moment: MonotonicTime(nanoseconds: 7))
    var later = reading
    #expect(CounterScale(from: reading, to: later) == nil)
    later.counter = 8
    #expect(CounterScale(from: reading, to: later) == nil)
    later.moment = MonotonicTime(nanoseconds: 8)
    #expect(CounterScale(from: reading, to: later) != nil)
    #expect(CounterScale(from: later, to: reading) == nil)
  }

  /// "PVHM", version 1.
  private static let head: [UInt64] = [0x1_4d48_5650]

  /// A record in a memory that has these words, from address 0 on, and nothing else.
  private func record(_ words: [UInt64]) -> MarkRecord? {
    let bytes = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
    }
    return MarkRecord(at: 0) { address, count in
      guard address <= UInt64(bytes.count), count <= bytes.count - Int(address) else { return nil }
      return Array(bytes[Int(address)..<Int(address) + count])
    }
  }
}
