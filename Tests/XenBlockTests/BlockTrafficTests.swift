// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing
import XenBlock
import XenDevices

/// What a disk does with a backend that is as it should be.
@Suite struct BlockTrafficTests {
  @Test func itConnectsInFiveRoundTrips() {
    let driver = BlockDriver()
    #expect(driver.state == .connecting)
    #expect(driver.world.run { driver.state == .connected })
    #expect(driver.store.roundTrips == 5)
    #expect(driver.store.served == 4 + 3 + 5 + 12 + 1)
    #expect(
      driver.frontend.geometry?.size == 4 << 20 && driver.frontend.geometry?.sectorSize == 512)
    #expect(driver.frontend.geometry?.indirectPages == 32)
    #expect(driver.store.get(FakeBackend.front + "/protocol") == "x86_64-abi")
    #expect(driver.close() == [])
  }

  /// Bytes, where they are, and how many requests they take with and without lists of pages.
  static let transfers: [(Int, UInt64, Int, Int)] = [
    (512, 0, 1, 1), (512, 512 * 7, 1, 1), (4096, 4096, 1, 1), (4608, 512, 1, 1),
    (11 * 4096, 0, 1, 1), (11 * 4096 + 512, 0, 1, 2), (32 * 4096, 1 << 20, 1, 3),
    (32 * 4096 + 512, 0, 2, 3), (1 << 20, 1 << 20, 8, 24), (3 << 20, 0, 24, 70),
    (512, (4 << 20) - 512, 1, 1),
  ]

  @Test(arguments: transfers, [true, false])
  func whatIsWrittenIsRead(transfer: (Int, UInt64, Int, Int), isIndirect: Bool) {
    let (count, offset, indirect, direct) = transfer
    let driver = BlockDriver.connected { backend in
      if !isIndirect { backend.says["feature-max-indirect-segments"] = .some(nil) }
    }
    let bytes = pattern(count)
    #expect(driver.finish(.write(bytes, at: offset)) == .done)
    #expect(driver.backend.log.count == (isIndirect ? indirect : direct))
    #expect(driver.backend.log.allSatisfy { $0.operation == 1 })
    let end = Int(offset) + count
    var disk = [UInt8](repeating: 0, count: 4 << 20)
    disk.replaceSubrange(Int(offset)..<end, with: bytes)
    #expect(isSameBytes(driver.backend.disk, disk))
    #expect(isSameBytes(driver.read(count, at: offset) ?? [], bytes))
    #expect(driver.close() == [])
  }

  @Test(arguments: FakeBlkback.Order.allCases, [false, true])
  func answersMayComeInAnyOrder(order: FakeBlkback.Order, isPersistent: Bool) {
    let driver = BlockDriver.connected {
      ($0.order, $0.isPersistent) = (order, isPersistent)
    }
    let pieces = (0..<100).map { pattern(512 * (1 + $0 % 20), $0) }
    let ends = driver.finish(
      pieces.enumerated().map { .write($1, at: UInt64($0) * 20 * 512) })
    #expect(ends.allSatisfy { $0 == .done })
    let reads = pieces.enumerated().map { BlockRequest.read($1.count, at: UInt64($0) * 20 * 512) }
    #expect(driver.finish(reads).allSatisfy { $0 == .done })
    for (read, piece) in zip(reads, pieces) { #expect(isSameBytes(read.takeBytes(), piece)) }
    #expect(driver.close() == [])
  }

  /// At depth 32 a pass through the ring is one event in each direction, and none brings nothing.
  @Test func eventsAreSharedByRequests() {
    let driver = BlockDriver.connected()
    let before = (driver.xen.notifications, driver.backend.eventsSent)
    let requests = (0..<320).map { BlockRequest.read(4096, at: UInt64($0 % 64) * 4096) }
    #expect(driver.finish(requests).allSatisfy { $0 == .done })
    #expect(driver.xen.notifications - before.0 == 10 && driver.backend.eventsSent - before.1 == 10)
    #expect(driver.backend.spuriousEvents == 0)
    // A page is lent once for all of them, and the ring.
    #expect(driver.xen.mostPages == 32 + 1)
    #expect(driver.close() == [])
  }

  @Test func oneAtATimeIsOneEventEach() {
    let driver = BlockDriver.connected()
    let before = driver.xen.notifications
    for number in 0..<50 {
      #expect(driver.finish(.read(4096, at: UInt64(number) * 4096)) == .done)
    }
    #expect(driver.xen.notifications - before == 50 && driver.backend.spuriousEvents == 0)
    #expect(driver.xen.mostPages == 2)
    #expect(driver.close() == [])
  }

  @Test func theBackendSeesNothingButWhatIsWritten() {
    let driver = BlockDriver.connected { $0.holds = true }
    driver.frontend.add(.write([UInt8](repeating: 7, count: 512), at: 0))
    driver.frontend.add(.write([UInt8](repeating: 8, count: 12 * 4096 + 512), at: 8192))
    driver.world.run { driver.backend.held.count == 2 }
    for request in driver.backend.held {
      let last = request.pages.last
      #expect((512..<4096).allSatisfy { last?.load(fromByteOffset: $0, as: UInt8.self) == 0 })
    }
    #expect(
      driver.backend.held.last?.segments.map(\.last) == [UInt8](repeating: 7, count: 12) + [0])
    driver.backend.holds = false
    #expect(driver.close() == [])
  }

  // MARK: Flushing and discarding

  @Test func aFlushIsOneRequest() {
    let driver = BlockDriver.connected()
    #expect(driver.finish(.flush()) == .done && driver.backend.flushes == 1)
    #expect(driver.backend.log.map(\.operation) == [3] && driver.close() == [])
  }

  @Test(arguments: ["0", nil])
  func withoutACacheThereIsNothingToFlush(feature: String?) {
    let driver = BlockDriver.connected { $0.says["feature-flush-cache"] = .some(feature) }
    #expect(driver.finish(.flush()) == .done && driver.backend.log.isEmpty)
    #expect(driver.frontend.geometry?.flushes == false && driver.close() == [])
  }

  @Test func aBackendMayFindThatItCannotFlush() {
    let driver = BlockDriver.connected()
    driver.backend.status = { $0.operation == 3 ? -2 : 0 }
    #expect(driver.finish(.flush()) == .done && driver.finish(.flush()) == .done)
    #expect(driver.backend.log.count == 1, "it is asked once")
    #expect(driver.close() == [])
  }

  @Test func aFlushMayFail() {
    let driver = BlockDriver.connected()
    driver.backend.status = { $0.operation == 3 ? -1 : 0 }
    #expect(driver.finish(.flush()) == .failed(.failed(.flush, offset: 0)))
    #expect(driver.close() == [])
  }

  @Test func whatIsDiscardedIsGone() {
    let driver = BlockDriver.connected()
    #expect(driver.finish(.write(pattern(1 << 20), at: 0)) == .done)
    #expect(driver.finish(.discard(1 << 19, at: 1 << 19)) == .done)
    #expect(driver.backend.log.last?.unitCount == 1024 && driver.backend.log.last?.unit == 1024)
    let zeros = [UInt8](repeating: 0, count: 1 << 19)
    #expect(isSameBytes(driver.read(1 << 19, at: 1 << 19) ?? [], zeros))
    #expect(isSameBytes(driver.read(1 << 19, at: 0) ?? [], pattern(1 << 19)))
    #expect(driver.close() == [])
  }

  @Test func aBackendMayFindThatItCannotDiscard() {
    let driver = BlockDriver.connected()
    driver.backend.status = { $0.operation == 5 ? -2 : 0 }
    for _ in 0..<2 {
      #expect(driver.finish(.discard(512, at: 0)) == .failed(.notSupported(.discard)))
    }
    #expect(driver.backend.log.count == 1 && driver.close() == [])
  }

  // MARK: Changes

  @Test(arguments: [2 << 20, 8 << 20])
  func aDiskMayGrowAndShrink(size: Int) {
    let driver = BlockDriver.connected()
    driver.backend.resize(size)
    driver.world.run()
    #expect(driver.frontend.geometry?.size == UInt64(size) && driver.state == .connected)
    #expect(driver.finish(.read(512, at: UInt64(size) - 512)) == .done)
    #expect(driver.finish(.read(512, at: UInt64(size))) != .done)
    #expect(driver.close() == [])
  }

  @Test func requestsMayBeAddedBeforeTheConnection() {
    let driver = BlockDriver()
    #expect(driver.finish(.write(pattern(512), at: 0)) == .done)
    #expect(driver.close() == [])
  }

  // MARK: Requests that are given up

  @Test func aRequestThatIsGivenUpKeepsItsPages() {
    let driver = BlockDriver.connected { $0.holds = true }
    let write = BlockRequest.write(pattern(4096), at: 0)
    let read = BlockRequest.read(4096, at: 0)
    for request in [write, read] { driver.frontend.add(request) }
    driver.world.run { driver.backend.held.count == 2 }
    for request in [write, read] { driver.frontend.abandon(request) }
    #expect(read.takeBytes().count == 4096)
    let others = (0..<30).map { BlockRequest.write(pattern(4096, $0), at: UInt64($0) * 4096) }
    for request in others { driver.frontend.add(request) }
    driver.world.run { driver.backend.held.count == 32 }
    #expect(driver.world.faults == [], "no page is in two requests")
    driver.backend.holds = false
    driver.world.run { others.allSatisfy { $0.outcome != nil } }
    #expect(others.allSatisfy { BlockEnd($0) == .done } && driver.close() == [])
  }

  @Test func whatIsGivenUpBeforeItIsIssuedIsNotIssued() {
    let driver = BlockDriver.connected { $0.holds = true }
    let requests = (0..<40).map { BlockRequest.read(4096, at: UInt64($0) * 4096) }
    for request in requests { driver.frontend.add(request) }
    driver.world.run { driver.backend.held.count == 32 }
    for request in requests.suffix(8) { driver.frontend.abandon(request) }
    driver.backend.holds = false
    driver.world.run()
    #expect(driver.backend.log.count == 32 && driver.close() == [])
  }
}
