// SPDX-License-Identifier: Apache-2.0

import NetWire
import Testing
import XenFrontends

@testable import NetTCP

/// What connections are kept in, compared with what is slow and simple.
@Suite struct TableTests {
  private func flow(_ number: Int) -> TCPFlow {
    TCPFlow(
      local: NetEndpoint(.v4(IPv4Address(10, 0, 0, 1)), port: UInt16(number % 3)),
      remote: NetEndpoint(
        number % 2 == 0
          ? .v4(IPv4Address(rawValue: UInt32(number / 6)))
          : .v6(IPv6Address(high: 1, low: UInt64(number / 6))), port: 9))
  }

  @Test func aTableFindsWhatIsInIt() {
    var chance = Chance(seed: 1)
    var table = FlowTable<Int>(capacity: 64, secret: (1, 2))
    var model: [Int: Int] = [:]
    for step in 0..<20_000 {
      let number = chance.below(400)
      let slot = table.slot(of: flow(number))
      #expect((slot == nil) == (model[number] == nil))
      if let slot {
        #expect(table[slot] == model[number])
        #expect(table.flow(slot) == flow(number))
        if chance.percent(50) {
          table.remove(slot)
          model[number] = nil
        }
      } else {
        _ = table.insert(flow(number), step)
        model[number] = step
      }
      #expect(table.count == model.count)
    }
  }

  @Test func aListOfSlotsKeepsItsOrder() {
    var chance = Chance(seed: 2)
    var list = SlotList()
    var model: [Int] = []
    for _ in 0..<20_000 {
      let slot = chance.below(50)
      switch chance.below(3) {
      case 0:
        list.append(slot)
        if !model.contains(slot) { model.append(slot) }
      case 1:
        list.remove(slot)
        model.removeAll { $0 == slot }
      default:
        #expect(list.firstSlot == model.first)
        #expect(list.popFirst() == (model.isEmpty ? nil : model.removeFirst()))
      }
      #expect(list.isEmpty == model.isEmpty)
      #expect(list.contains(slot) == model.contains(slot))
    }
  }

  @Test func deadlinesComeInTheirOrder() {
    var chance = Chance(seed: 3)
    var heap = DeadlineHeap()
    var model: [Int: UInt64] = [:]
    for _ in 0..<20_000 {
      let slot = chance.below(60)
      switch chance.below(4) {
      case 0, 1:
        let deadline = UInt64(chance.below(1000))
        heap.require(deadline, slot)
        model[slot] = min(model[slot] ?? .max, deadline)
      case 2:
        heap.remove(slot)
        model[slot] = nil
      default:
        let now = UInt64(chance.below(200))
        while let due = heap.popDue(now) {
          #expect(model[due] == model.values.min())
          #expect((model[due] ?? .max) <= now)
          model[due] = nil
        }
        #expect((model.values.min() ?? .max) > now)
      }
      #expect(heap.first?.deadline == model.values.min())
    }
  }

  @Test func ringsKeepBytesInPlace() {
    var chance = Chance(seed: 4)
    for limit in [100, 2048, 5000, 65535] {
      let budget = BufferBudget(limit: 1 << 20)
      let ring = ByteRing(limit: limit, largest: limit, budget: budget)
      var model: [UInt8] = []
      for _ in 0..<2000 {
        let bytes = (0..<chance.below(min(3000, limit))).map { _ in
          UInt8(truncatingIfNeeded: chance.next())
        }
        let part = Array(bytes.prefix(limit - model.count))
        let taken = ring.place(part.span.bytes, at: ring.count)
        #expect(taken == part.count)
        ring.extend(by: taken)
        model += part
        let offset = chance.below(model.count + 1)
        let count = chance.below(model.count - offset + 1)
        var copy = [UInt8](repeating: 0, count: count)
        copy.withUnsafeMutableBytes { ring.copy(from: offset, into: $0) }
        #expect(copy == Array(model[offset..<(offset + count)]))
        var checksum = InternetChecksum()
        ring.add(from: offset, count: count, to: &checksum)
        var expected = InternetChecksum()
        expected.add(copy)
        #expect(checksum.value == expected.value)
        let gone = chance.below(model.count + 1)
        ring.removeFirst(gone)
        model.removeFirst(gone)
        #expect(ring.count == model.count)
      }
      ring.clear()
      #expect(budget.used == 0)
    }
  }

  @Test func piecesAndScoreboardsKnowWhatIsThere() {
    var chance = Chance(seed: 5)
    for _ in 0..<300 {
      let start = SequenceNumber(UInt32(truncatingIfNeeded: chance.next()))
      var pieces = Reassembly()
      var scoreboard = Scoreboard()
      var model = Set<Int>()
      var next = 0
      for _ in 0..<30 {
        let from = next + 1 + chance.below(200)
        let range = from..<(from + 1 + chance.below(30))
        let block = SequenceRange(start + range.lowerBound, start + range.upperBound)
        pieces.insert(block)
        var options = TCPOptions()
        options.append(block)
        let news = scoreboard.add(options, sent: SequenceRange(start + next, start + 1000))
        #expect(news == range.count - model.intersection(range).count)
        model.formUnion(range)
        #expect(pieces.total == model.count)
        #expect(
          scoreboard.missing(SequenceRange(start + next, start + 1000))
            == 1000 - next - model.count)
        let hole = scoreboard.hole(from: start + next)
        #expect(hole.map { $0.start - start } == (next...).first { !model.contains($0) })
        if chance.percent(20) {
          next += chance.below(40)
          let end = pieces.advance(to: start + next)
          scoreboard.advance(to: end)
          while model.contains(next) { next += 1 }
          next = max(next, end - start)
          model = model.filter { $0 >= next }
          #expect(end == start + next)
        }
        if next > 800 { break }
      }
    }
  }

  @Test func numbersGoRound() {
    let near = SequenceNumber(0xFFFF_FFF0)
    #expect(near + 0x20 == SequenceNumber(0x10))
    #expect(near < near + 0x20)
    #expect(near + 0x20 - near == 0x20)
    #expect(near - (near + 0x20) == -0x20)
    #expect(SequenceNumber.later(near, near + 0x20) == near + 0x20)
    #expect(SequenceRange(near, near + 0x20).overlap(SequenceRange(near + 0x18, near + 0x40)) == 8)
  }
}
