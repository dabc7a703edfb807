// SPDX-License-Identifier: Apache-2.0

import JournalLog
import Testing

/// The log on a disk in memory, at which power fails at every step.
@Suite struct JournalLogTests {
  @Test func whatIsCommittedIsThereAfterwards() throws {
    var disk = DiskInMemory(size: 64 << 10)
    var log = try disk.opened()
    #expect(log.values.isEmpty)
    disk.perform(try log.commit([.set(Array("a".utf8), to: Array("1".utf8))]))
    disk.perform(try log.commit([.set(Array("b".utf8), to: []), .set(Array("a".utf8), to: [2])]))
    disk.perform(try log.commit([.remove(Array("b".utf8))]))
    #expect(try disk.opened().values == [Array("a".utf8): [2]])
  }

  @Test func aLongValueGoesOverManySectors() throws {
    var disk = DiskInMemory(size: 1 << 20)
    var log = try disk.opened()
    let value = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    disk.perform(try log.commit([.set([1], to: value), .set([2], to: [9])]))
    #expect(try disk.opened().values == [[1]: value, [2]: [9]])
  }

  @Test func halvesTakeTurns() throws {
    var disk = DiskInMemory(size: 16 << 10)
    var log = try disk.opened()
    for round in 0..<500 {
      let key = Array("key \(round % 7)".utf8)
      disk.perform(try log.commit([.set(key, to: Array("\(round)".utf8))]))
      #expect(try disk.opened().values == log.values)
    }
    #expect(log.values.count == 7)
  }

  /// A log that is written anew has as many bytes as all that it keeps, of which few are in memory at once.
  @Test func whatIsWrittenAnewIsMadeStepByStep() throws {
    var disk = DiskInMemory(size: 8 << 20)
    var log = try RecordLog(diskSize: 8 << 20, sectorSize: 512)
    // Also values that are longer than a step, and not of whole sectors.
    let values = (0..<12).map { [UInt8](repeating: UInt8($0), count: 1 + $0 % 8 * 30_001) }
    var made = 0
    let steps = try log.rewrite {
      made = 0
      return {
        guard made < values.count else { return nil }
        defer { made += 1 }
        return .set([UInt8(made)], to: values[made])
      }
    }
    made = 0
    var (written, last): (Int, [RecordSteps.Step]) = (0, [])
    for step in steps {
      disk.perform([step])
      last = last.suffix(3) + [step]
      guard case .write(let bytes, _) = step else { continue }
      #expect(bytes.count <= RecordSteps.writeLimit)
      written += bytes.count
      let taken = values[..<made].reduce(0) { $0 + $1.count }
      #expect(written >= taken - 300_000, "one change is made, not all of them")
    }
    #expect(written > 1_000_000 && made == values.count)
    #expect(last[0] != .flush && last[1] == .flush && last[2] != .flush && last[3] == .flush)
    let expected = values.enumerated().map { ([UInt8($0)], $1) }
    #expect(try disk.opened().values == Dictionary(uniqueKeysWithValues: expected))
  }

  /// At whatever step of many the power fails: what was there before is there, or all that is written anew.
  @Test(arguments: 0..<3) func whatIsWrittenAnewCountsAtTheEnd(seed: UInt64) throws {
    var random = Seeded(state: seed)
    var disk = DiskInMemory(size: 800 << 10)
    var log = try disk.opened()
    var rewrites = 0
    for round in 0..<14 {
      let value = [UInt8](repeating: UInt8(round), count: 20_000 + Int(random.next() % 60_000))
      let before = log.values
      let steps = Array(try log.commit([.set([UInt8(round % 6)], to: value)]))
      if steps.count > 4 { rewrites += 1 }
      for count in 0..<steps.count {
        var failing = disk
        failing.perform(steps[..<count])
        failing.losePower(&random)
        let after = try failing.opened().values
        #expect(after == before || after == log.values && count >= steps.count - 1)
      }
      disk.perform(steps)
      #expect(try disk.opened().values == log.values)
    }
    #expect(rewrites > 1)
  }

  @Test func aFullDiskChangesNothing() throws {
    var disk = DiskInMemory(size: 8 << 10)
    var log = try disk.opened()
    disk.perform(try log.commit([.set([1], to: [1])]))
    #expect(throws: JournalLog.Failure.full) {
      try log.commit([.set([2], to: [UInt8](repeating: 0, count: 5000))])
    }
    #expect(log.values == [[1]: [1]])
    disk.perform(try log.commit([.set([3], to: [3])]))
    #expect(try disk.opened().values == [[1]: [1], [3]: [3]])
    #expect(throws: JournalLog.Failure.diskTooSmall) {
      try JournalLog(diskSize: 1024, sectorSize: 512)
    }
  }

  /// Whatever part of what was not flushed reaches the disk: all that was committed is there, and what was
  /// under way is there as a whole or not at all, change by change.
  @Test(arguments: 0..<12) func nothingCommittedIsLost(seed: UInt64) throws {
    var random = Seeded(state: seed)
    var disk = DiskInMemory(size: 12 << 10)
    var log = try disk.opened()
    for _ in 0..<60 {
      let key = [UInt8(random.next() % 5)]
      let value = [UInt8](repeating: UInt8(random.next() % 256), count: Int(random.next() % 700))
      let before = log.values
      let steps = Array(try log.commit([.set(key, to: value)]))
      for count in 0...steps.count {
        var failing = disk
        failing.perform(Array(steps[..<count]))
        failing.losePower(&random)
        let after = try failing.opened().values
        #expect(after == log.values || count < steps.count && after == before)
      }
      disk.perform(steps)
    }
  }
}

@Suite struct CommandTests {
  @Test(arguments: [
    ("set a b c", Command.change(.set(Array("a".utf8), to: Array("b c".utf8)))),
    ("remove a", .change(.remove(Array("a".utf8)))), ("get a", .get(Array("a".utf8))),
    ("count", .count),
  ])
  func linesAreCommands(line: String, command: Command) {
    #expect(Command(Array(line.utf8)) == command)
  }

  @Test(arguments: ["", " ", "set", "set a", "get", "get a b", "remove a b", "count 1", "GET a"])
  func otherLinesAreNone(line: String) { #expect(Command(Array(line.utf8)) == nil) }
}

/// A disk with a cache: what was not flushed may be lost, sector by sector.
private struct DiskInMemory {
  private var sectors: [[UInt8]]
  private var cached: [(sector: Int, bytes: [UInt8])] = []

  init(size: Int) {
    sectors = Array(repeating: [UInt8](repeating: 0, count: 512), count: size / 512)
  }

  mutating func perform(_ steps: some Sequence<RecordSteps.Step>) {
    for step in steps {
      switch step {
      case .write(let bytes, let offset):
        precondition(offset % 512 == 0 && bytes.count % 512 == 0)
        for place in stride(from: 0, to: bytes.count, by: 512) {
          cached.append(((Int(offset) + place) / 512, Array(bytes[place..<place + 512])))
        }
      case .flush:
        for write in cached { sectors[write.sector] = write.bytes }
        cached = []
      }
    }
  }

  mutating func losePower(_ random: inout Seeded) {
    for write in cached where random.next() % 2 == 0 { sectors[write.sector] = write.bytes }
    cached = []
  }

  func opened() throws -> JournalLog {
    var now = self
    now.perform([.flush])
    var log = try JournalLog(diskSize: UInt64(sectors.count * 512), sectorSize: 512)
    while let (count, offset) = log.nextRead {
      log.take(Array(now.sectors[Int(offset / 512)..<Int(offset) / 512 + count / 512].joined()))
    }
    return log
  }
}

private struct Seeded {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }
}
