// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage
import Testing

@Suite struct DescriptorTests {
  @Test func aSetIsReadableWhileOneOfItsDescriptorsIs() throws {
    let bell = try Wakeup()
    let other = try Wakeup()
    let set = try InterestSet()
    for source in [bell.descriptor, other.descriptor] {
      try set.update(DescriptorInterest(source, reading: true))
    }
    #expect(!set.descriptor.isReadable())
    other.ring()
    #expect(set.descriptor.isReadable())
    bell.ring()
    other.reset()
    #expect(set.descriptor.isReadable())
    #expect(set.ready() == [bell.descriptor])
    set.remove(bell.descriptor)
    #expect(!set.descriptor.isReadable())
    #expect(set.ready().isEmpty)
  }

  @Test func aDescriptorThatIsNotOpenCannotBeWaitedFor() throws {
    let set = try InterestSet()
    let error = #expect(throws: Errno.self) {
      try set.update(DescriptorInterest(FileDescriptor(rawValue: -1), reading: true))
    }
    #expect(error == .badFileDescriptor)
    #expect(set.ready().isEmpty)
  }

  @Test func readsOnlyWhatIsThere() throws {
    let pipe = try FileDescriptor.closingPipe()
    defer { try? pipe.readEnd.close() }
    // The pipe blocks, the call does not.
    #expect(pipe.readEnd.readAvailable(limit: 10) == [])
    try pipe.writeEnd.writeEverything(Array("hello".utf8))
    #expect(pipe.readEnd.readAvailable(limit: 3) == Array("hel".utf8))
    #expect(pipe.readEnd.readAvailable(limit: 3) == Array("lo".utf8))
    try pipe.writeEnd.close()
    #expect(pipe.readEnd.readAvailable(limit: 3) == nil)
  }

  @Test func aFullPipeTakesNothingMore() throws {
    let pipe = try FileDescriptor.closingPipe()
    defer { for end in [pipe.readEnd, pipe.writeEnd] { try? end.close() } }
    var queue = OutputQueue(to: pipe.writeEnd)
    let bytes = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0) }
    queue.append(bytes)
    #expect(queue.flush() == .waiting)
    var received: [UInt8] = []
    while !queue.isEmpty || pipe.readEnd.isReadable() {
      received += try #require(pipe.readEnd.readAvailable(limit: 64 << 10))
      #expect(queue.flush() != .hungUp)
    }
    #expect(received == bytes)
  }

  @Test func aSocketWithoutAReaderIsAnErrorAndNoSignal() throws {
    let pair = try SocketPair()
    let near = pair.keepingNear()
    defer { try? near.close() }
    #expect(throws: Errno.brokenPipe) { try near.writeEverything([1]) }
    var queue = OutputQueue(to: near)
    queue.append([1])
    #expect(queue.flush() == .hungUp)
    #expect(near.isHungUp)
  }

  @Test func writesAllToASocketThatDoesNotBlock() throws {
    let pair = try SocketPair()
    try pair.near.setNonBlocking()
    let bytes = [UInt8](repeating: 7, count: 3 << 20)
    let far = pair.far.rawValue
    var thread = pthread_t()
    let count = UnsafeMutablePointer<Int>.allocate(capacity: 2)
    (count[0], count[1]) = (Int(far), 0)
    pthread_create(
      &thread, nil,
      { context in
        let count = context?.assumingMemoryBound(to: Int.self)
        let end = FileDescriptor(rawValue: Int32(count?[0] ?? -1))
        while let count, count[1] < 3 << 20, end.isReadable(within: 10_000) {
          count[1] += end.readAvailable(limit: 64 << 10)?.count ?? 3 << 20
        }
        return nil
      }, count)
    try pair.near.writeEverything(bytes)
    pthread_join(thread, nil)
    #expect(count[1] == bytes.count)
    count.deallocate()
  }

  @Test func refusesMoreThanTheLimit() throws {
    let file = try MemoryFile(name: "file", content: [UInt8](repeating: 1, count: 1000))
    let again = try file.reopened(.readOnly)
    defer { try? again.close() }
    #expect(throws: Errno.fileTooLarge) { try again.readAll(limit: 999) }
    #expect(try file.descriptor.bytes(at: 990, count: 100).count == 10)
    #expect(file.size == 1000)
  }

  @Test func queuesKeepTheirOrderHoweverTheyAreCut() {
    var queue = ByteQueue()
    var taken: [UInt8] = []
    var next: UInt8 = 0
    for step in 0..<4000 {
      queue.append(
        (0..<step % 1500).map { _ in
          defer { next &+= 1 }; return next
        })
      taken += queue.takeFirst(min(queue.count, (step * 7) % 1400))
    }
    taken += queue.takeFirst(queue.count)
    #expect(queue.isEmpty)
    #expect(taken.enumerated().allSatisfy { UInt8(truncatingIfNeeded: $0.offset) == $0.element })
  }

  @Test func integersKeepTheirBytes() {
    #expect(UInt32(0x1234_5678).littleEndianBytes == [0x78, 0x56, 0x34, 0x12])
    #expect(UInt16(littleEndianBytes: [0xff, 0xfe]) == 0xfeff)
    #expect(UInt64(littleEndianBytes: [1, 2]) == 0x201)
  }
}

@Suite struct PollTests {
  @Test func saysWhatIsReadyInItsOrder() throws {
    let (first, second) = (try FileDescriptor.closingPipe(), try FileDescriptor.closingPipe())
    defer {
      for end in [first.readEnd, first.writeEnd, second.readEnd, second.writeEnd] {
        try? end.close()
      }
    }
    try second.writeEnd.writeEverything([1])
    let ends = [first.readEnd, second.readEnd]
    #expect(PollSet.readable(among: ends, until: .now) == [false, true])
    try first.writeEnd.writeEverything([1])
    var waiting = PollSet()
    for end in ends { waiting.add(end) }
    #expect(waiting.wait() == ends)
  }

  @Test func theEarliestDeadlineCounts() {
    var waiting = PollSet()
    let now = MonotonicTime.now
    waiting.wake(at: nil)
    #expect(waiting.deadline == nil)
    waiting.wake(at: now.adding(milliseconds: 50))
    waiting.wake(at: now.adding(milliseconds: 20))
    waiting.wake(at: now.adding(milliseconds: 90))
    #expect(waiting.deadline == now.adding(milliseconds: 20))
    #expect(waiting.wait().isEmpty)
    #expect(MonotonicTime.now >= now.adding(milliseconds: 20))
  }

  @Test func wakesUpUntilItIsReset() throws {
    let wakeup = try Wakeup()
    #expect(!wakeup.descriptor.isReadable())
    wakeup.ring()
    wakeup.ring()
    #expect(wakeup.descriptor.isReadable())
    wakeup.reset()
    #expect(!wakeup.descriptor.isReadable())
  }

  @Test func momentsNeverWrap() {
    let now = MonotonicTime.now
    #expect(now.adding(milliseconds: .max).nanoseconds == .max)
    #expect((now + .seconds(Int64.max)).nanoseconds == .max)
    #expect(now.adding(milliseconds: .max).pollTimeout(from: now) == .max)
    #expect(now.pollTimeout(from: now.adding(milliseconds: 1)) == 0)
    #expect((now + .milliseconds(3)) - now == .milliseconds(3))
  }
}
