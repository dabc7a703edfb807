// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing

@testable import XenNet

/// What an interface does with a backend that is as it should be.
@Suite struct NetTrafficTests {
  static let sizes = [
    14, 42, 60, 128, 129, 1514, 1518, 4095, 4096, 4097, 8192, 8193, 9014, 32_768, 65_535,
  ]

  @Test(arguments: sizes)
  func framesOfAnySizeAreCarried(size: Int) {
    let driver = NetDriver.connected()
    let frames = (0..<40).map { NetFrame.sample(size, $0) }
    driver.finish(frames)
    #expect(driver.backend.log == frames)
    driver.receive(frames)
    #expect(driver.received == frames)
    #expect(driver.statistics.sent == NetCounts(packets: 40, bytes: UInt64(40 * size)))
    #expect(driver.statistics.received == driver.statistics.sent && driver.close() == [])
  }

  /// Up to the longest packet with the longest header that there may be.
  @Test(arguments: [65_536, 65_549, 65_553])
  func theLongestFramesAreReceived(size: Int) {
    let driver = NetDriver.connected()
    driver.receive([.sample(size), .sample(60)])
    #expect(driver.received == [.sample(size), .sample(60)] && driver.close() == [])
  }

  @Test(arguments: FakeNetback.Order.allCases, [1, 3, 1000])
  func answersMayComeInAnyOrder(order: FakeNetback.Order, appetite: Int) {
    let driver = NetDriver.connected { ($0.order, $0.appetite) = (order, appetite) }
    let frames = (0..<400).map { number in
      let frame = NetFrame.sample(14 + number * 97 % 20_000, number)
      return number % 5 == 0 ? frame.inSegments(1448, isIPv6: number % 10 == 0) : frame
    }
    driver.finish(frames)
    #expect(driver.backend.log == frames && driver.close() == [])
  }

  @Test func whatIsSaidOfAFrameArrives() {
    let driver = NetDriver.connected()
    let frames = [
      NetFrame.sample(60), NetFrame.sample(1514, 2).blank,
      NetFrame.sample(20_000, 3).inSegments(1448), NetFrame.sample(60_000, 4).inSegments(1),
      NetFrame.sample(100, 5).inSegments(65_535),
    ]
    driver.finish(frames)
    #expect(driver.backend.log == frames)
    var verified = NetFrame.sample(80, 6)
    verified.isVerified = true
    driver.receive(frames + [verified])
    #expect(driver.received == frames + [verified] && driver.close() == [])
  }

  // MARK: Events

  /// Many frames in a turn are one event, and none brings nothing.
  @Test func eventsAreSharedByFrames() {
    let driver = NetDriver.connected()
    let before = (driver.xen.notifications, driver.backend.eventsSent)
    driver.finish((0..<200).map { .sample(1514, $0) })
    #expect(driver.xen.notifications - before.0 == 1 && driver.backend.eventsSent - before.1 <= 1)
    driver.receive((0..<60).map { .sample(1514, $0) })
    #expect(driver.received.count == 60 && driver.backend.eventsSent - before.1 <= 2)
    // Buffers are posted again without a word: there are enough.
    #expect(driver.xen.notifications - before.0 == 1 && driver.close() == [])
  }

  /// Nobody wants to know that a frame was sent.
  @Test func answersAreNoEvents() {
    let driver = NetDriver.connected()
    driver.finish([.sample(60)])
    let before = driver.backend.eventsSent
    for number in 0..<100 { driver.finish([.sample(60, number)]) }
    #expect(driver.backend.eventsSent == before && driver.backend.log.count == 101)
    #expect(driver.xen.notifications == 101 && driver.close() == [])
  }

  /// A pass through the ring that is full is few events.
  @Test func roomIsWaitedForInGreatSteps() {
    let driver = NetDriver.connected { $0.appetite = 1 }
    let before = driver.backend.eventsSent
    driver.finish((0..<1000).map { .sample(1514, $0) })
    #expect(driver.backend.log.count == 1000 && driver.backend.eventsSent - before < 30)
    #expect(driver.close() == [])
  }

  @Test func aBackendThatIsShortOfBuffersIsTold() {
    let driver = NetDriver.connected()
    driver.appetite = 1
    driver.receive((0..<1000).map { .sample(1514, $0) })
    #expect(driver.received == (0..<1000).map { .sample(1514, $0) })
    driver.appetite = .max
    driver.receive((0..<300).map { .sample(60_000, $0) })
    #expect(driver.received.count == 1300 && driver.close() == [])
  }

  // MARK: Pages

  @Test func pagesAreGivenOnce() {
    let driver = NetDriver.connected()
    for number in 0..<300 { driver.finish([.sample(1514, number)]) }
    for number in 0..<300 { driver.receive([.sample(1514, number)]) }
    #expect(driver.xen.mostPages <= 2 + 64 + 3 && driver.close() == [])
  }

  @Test func moreBuffersArePostedWhenTheyAreUsedUp() {
    let driver = NetDriver.connected()
    for _ in 0..<5 { driver.receive((0..<200).map { .sample(1514, $0) }) }
    #expect(driver.received.count == 1000)
    #expect(driver.xen.mostPages == 2 + 256 && driver.close() == [])
  }

  @Test(arguments: [0, 36, 37, 64, 100, 512, 5000])
  func thereAreNoMorePagesThanAllowed(limit: Int) {
    let driver = NetDriver.connected(pageLimit: limit) { $0.ownNodes["mtu"] = "9000" }
    #expect(driver.frontend.details?.mtu == (limit < 40 ? 1500 : 9000))
    driver.finish((0..<300).map { .sample(60_000, $0) })
    driver.receive((0..<300).map { .sample(limit < 40 ? 1514 : 60_000, $0) })
    #expect(driver.backend.log.count == 300 && driver.received.count == 300)
    #expect(driver.xen.mostPages <= 2 + min(512, max(36, limit)))
    // A backend would wait without end for buffers that will never be there.
    #expect(driver.backend.takes("feature-sg") == (limit >= 40) && driver.close() == [])
  }

  @Test func theBackendSeesNothingButWhatIsSent() {
    let driver = NetDriver.connected { $0.holds = true }
    driver.finish([.sample(60), .sample(4096 + 60)])
    for held in driver.backend.held {
      guard let (page, range) = held.places.last else { continue }
      let rest = UnsafeRawBufferPointer(start: page, count: 4096)[range.upperBound...]
      #expect(range.count == 60 && rest.allSatisfy { $0 == 0 })
    }
    driver.backend.holds = false
    #expect(driver.close() == [])
  }

  // MARK: What is not carried

  static let refused: [(String, String, NetFrame)] = [
    ("feature-sg", "0", .sample(4097)), ("feature-sg", "0", NetFrame.sample(100).inSegments(9)),
    ("feature-gso-tcpv4", "0", NetFrame.sample(9000).inSegments(1448)),
    ("feature-gso-tcpv6", "0", NetFrame.sample(9000).inSegments(1448, isIPv6: true)),
    ("feature-no-csum-offload", "1", NetFrame.sample(100).blank),
    ("feature-rx-flip", "0", .sample(13)), ("feature-rx-flip", "0", .sample(0)),
    ("feature-rx-flip", "0", .sample(65_536)), ("feature-rx-flip", "0", .sample(100_000)),
  ]

  /// It is dropped, and what comes after it is not held up.
  @Test(arguments: refused)
  func whatABackendDoesNotTakeIsDropped(node: String, value: String, frame: NetFrame) {
    let driver = NetDriver.connected { $0.says[node] = value }
    driver.finish([frame, .sample(60)])
    #expect(driver.backend.log == [.sample(60)])
    #expect(driver.statistics.sent == NetCounts(packets: 1, bytes: 60, drops: 1))
    #expect(driver.close() == [])
  }

  @Test func aFrameOfOneSlotNeedsNoFeature() {
    let driver = NetDriver.connected {
      $0.says = ["feature-rx-copy": "1"]
      $0.ownNodes["mtu"] = .some(nil)
    }
    driver.finish([.sample(4096), NetFrame.sample(60).blank])
    #expect(driver.backend.log.count == 2 && driver.close() == [])
  }

  @Test(
    arguments: [(0, 0, 0), (-1, 1, 0), (-2, 0, 1), (2, 1, 0), (-32768, 1, 0)] as [(Int16, Int, Int)]
  )
  func whatBecameOfAFrameIsCounted(status: Int16, errors: Int, drops: Int) {
    let driver = NetDriver.connected { $0.status = { _ in status } }
    driver.finish([.sample(10_000)])
    driver.finish([.sample(60)])
    // The answer to the last is taken with the next turn.
    _ = driver.frontend.advance()
    let counts = driver.statistics.sent
    #expect(counts.errors == UInt64(errors * 2) && counts.drops == UInt64(drops * 2))
    #expect(counts.packets == 2 && driver.close() == [])
  }

  // MARK: The owner

  @Test func thereIsNoRoomWithoutAConnection() {
    let driver = NetDriver { $0.isAlive = false }
    driver.outbox = [.sample(60)]
    driver.world.run()
    #expect(!driver.frontend.room && driver.outbox.count == 1)
    driver.backend.isAlive = true
    driver.world.run()
    #expect(driver.frontend.room && driver.outbox.isEmpty && driver.close() == [])
    #expect(!driver.frontend.room && driver.frontend.transmit(60) { _, _ in } == false)
  }

  /// A frame may be answered while it is looked at, and another one be received.
  @Test func theOwnerMaySendWhileItReceives() {
    let driver = NetDriver.connected()
    driver.backend.outbox = [.sample(60), .sample(70, 2)]
    driver.backend.step()
    var seen: [[UInt8]] = []
    let frontend = driver.frontend
    let isThere = frontend.receive { frame, _ in
      _ = frontend.receive { inner, _ in seen.append(inner.withUnsafeBytes { Array($0) }) }
      #expect(frontend.statistics.received.packets == 2 && frontend.room)
      #expect(frontend.transmit(60) { _, page in page.storeBytes(of: 7, as: UInt8.self) })
      seen.append(frame.withUnsafeBytes { Array($0) })
    }
    driver.world.run()
    #expect(isThere && seen == [NetFrame.sample(70, 2).bytes, NetFrame.sample(60).bytes])
    #expect(driver.backend.log.first?.bytes.first == 7 && driver.close() == [])
  }
}
