// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing
import XenBlock
import XenDevices

/// Backends that go away with requests under way, and come back, or do not.
@Suite struct BlockReconnectTests {
  /// How a backend goes away.
  enum Loss: CaseIterable {
    /// Its driver is gone for longer than the frontend waits for it.
    case driver
    case closed
    /// It asks for the end, and does not answer any more.
    case closing
    /// Its nodes vanish.
    case nodes
    /// The nodes of both ends vanish, and come back with a backend that is the same.
    case device
    /// Its driver is gone for a moment, and connects to the same rings.
    case moment
  }

  /// When it goes away: how many of the requests it has taken, and answered.
  enum Phase: CaseIterable {
    case nothingTaken, someTaken, allTaken, someAnswered
  }

  /// Each request that was not answered is issued again once, in their order, before anything new.
  @Test(arguments: Loss.allCases, Phase.allCases)
  func whatWasNotAnsweredIsIssuedAgain(loss: Loss, phase: Phase) {
    for count in [1, 5, 31, 32, 33, 80] {
      let driver = BlockDriver.connected { $0.holds = true }
      let backend = driver.backend
      let writes = (0..<count).map { BlockRequest.write(pattern(4096, $0), at: UInt64($0) * 8192) }
      backend.appetite = phase == .nothingTaken ? 0 : phase == .someTaken ? 3 : .max
      for write in writes { driver.frontend.add(write) }
      driver.world.run(turns: 30, horizon: 0, isBounded: true)
      if phase == .someAnswered {
        // The first are answered, and no more are taken.
        (backend.appetite, backend.holds) = (0, false)
        backend.step()
        backend.holds = true
        driver.world.run(turns: 10, horizon: 0, isBounded: true)
      }
      let done = writes.filter { $0.outcome != nil }.count
      #expect(done == (phase == .someAnswered ? min(count, 32) : 0))
      (backend.appetite, backend.holds) = (.max, false)
      lose(driver, loss)
      let late = BlockRequest.write(pattern(4096, 999), at: 3 << 20)
      driver.frontend.add(late)
      #expect(driver.world.run { late.outcome != nil }, "\(loss) \(phase) \(count)")
      #expect((writes + [late]).allSatisfy { BlockEnd($0) == .done })
      let isSame = loss == .moment
      let units = (isSame ? 0..<count : done..<count).map { UInt64($0) * 16 } + [6144]
      #expect(
        (isSame ? backend.log : backend.recent).map(\.unit) == units, "\(loss) \(phase) \(count)")
      for number in 0..<count {
        let bytes = backend.disk[number * 8192..<number * 8192 + 4096]
        #expect(isSameBytes(bytes, pattern(4096, number)))
      }
      #expect(driver.state == .connected && driver.close() == [])
    }
  }

  private func lose(_ driver: BlockDriver, _ loss: Loss) {
    let backend = driver.backend
    switch loss {
    case .driver:
      backend.die()
      backend.state = 2
      driver.world.run { driver.frontend.port == nil }
      backend.comeBack()
    case .closed:
      backend.die()
      backend.state = 6
      driver.world.run { driver.frontend.port == nil }
      #expect(driver.state == .reconnecting)
      backend.isAlive = true
    case .closing:
      backend.isAlive = false
      backend.state = 5
      driver.world.run { driver.frontend.port == nil }
      backend.isAlive = true
      backend.disconnect()
    case .nodes:
      backend.die()
      driver.store.remove(backend.path)
      driver.world.run { driver.frontend.port == nil }
      backend.isAlive = true
      backend.attach()
    case .device:
      backend.die()
      backend.removeNodes()
      backend.isAlive = true
      backend.attach()
    case .moment:
      // What it has taken it answers before it goes.
      backend.answer()
      backend.die()
      backend.comeBack()
    }
  }

  /// Reads bring what is on the disk when it is there again.
  @Test(arguments: [true, false])
  func longRequestsGoOnInPieces(isIndirectAfterwards: Bool) {
    let driver = BlockDriver.connected {
      ($0.holds, $0.appetite) = (true, 5)
      $0.disk.replaceSubrange(0..<3 << 20, with: pattern(3 << 20))
    }
    let read = BlockRequest.read(3 << 20, at: 0)
    let write = BlockRequest.write(pattern(1 << 20, 5), at: 3 << 20)
    for request in [read, write] { driver.frontend.add(request) }
    driver.world.run(turns: 4, horizon: 0, isBounded: true)
    driver.backend.die()
    driver.backend.state = 6
    driver.world.run { driver.frontend.port == nil }
    (driver.backend.holds, driver.backend.appetite, driver.backend.isAlive) = (false, .max, true)
    if !isIndirectAfterwards { driver.backend.says["feature-max-indirect-segments"] = "0" }
    driver.world.run { read.outcome != nil && write.outcome != nil }
    #expect(BlockEnd(read) == .done && BlockEnd(write) == .done)
    #expect(isSameBytes(read.takeBytes(), pattern(3 << 20)))
    #expect(isSameBytes(driver.backend.disk[(3 << 20)...], pattern(1 << 20, 5)))
    let mostPages = driver.backend.recent.map(\.segments.count).max()
    #expect(mostPages == (isIndirectAfterwards ? 32 : 11) && driver.close() == [])
  }

  /// A change of the disk, and what the requests end with that were under way.
  static let changes: [(String, String, [BlockEnd])] = [
    (
      "sectors", "8",
      [
        .done, .failed(.outside(offset: 8192, count: 512, size: 4096)), .done, .done,
      ]
    ),
    ("info", "4", [.done, .failed(.readOnly), .done, .failed(.readOnly)]),
    (
      "sector-size", "4096",
      [
        .done, .failed(.unaligned(offset: 8192, count: 512, sectorSize: 4096)), .done, .done,
      ]
    ),
    ("feature-flush-cache", "0", [.done, .done, .done, .done]),
    ("feature-discard", "0", [.done, .done, .done, .failed(.notSupported(.discard))]),
  ]

  @Test(arguments: changes)
  func theDiskMayBeAnotherOne(node: String, value: String, ends: [BlockEnd]) {
    let driver = BlockDriver.connected { $0.holds = true }
    let requests: [BlockRequest] = [
      .read(4096, at: 0), .write(pattern(512), at: 8192), .flush(), .discard(4096, at: 0),
    ]
    for request in requests { driver.frontend.add(request) }
    driver.world.run { driver.backend.held.count == 4 }
    driver.backend.die()
    driver.backend.state = 6
    driver.world.run { driver.frontend.port == nil }
    driver.backend.says[node] = value
    if node == "sector-size" { driver.backend.sectorSize = 4096 }
    (driver.backend.holds, driver.backend.isAlive) = (false, true)
    driver.world.run { requests.allSatisfy { $0.outcome != nil } }
    #expect(requests.map { BlockEnd($0) } == ends)
    // Nothing was asked that the new disk cannot do.
    let failures = ends.filter { $0 != .done }.count + (node == "feature-flush-cache" ? 1 : 0)
    #expect(driver.backend.recent.count == 4 - failures && driver.close() == [])
  }

  @Test func whatWasGivenUpIsNotIssuedAgain() {
    let driver = BlockDriver.connected { $0.holds = true }
    let requests = (0..<6).map { BlockRequest.write(pattern(4096, $0), at: UInt64($0) * 4096) }
    for request in requests { driver.frontend.add(request) }
    driver.world.run { driver.backend.held.count == 6 }
    driver.frontend.abandon(requests[1])
    driver.backend.die()
    driver.backend.state = 6
    driver.world.run { driver.frontend.port == nil }
    driver.frontend.abandon(requests[3])
    (driver.backend.holds, driver.backend.isAlive) = (false, true)
    driver.world.run { requests[5].outcome != nil }
    #expect(driver.backend.recent.map(\.unit) == [0, 16, 32, 40])
    #expect(requests.allSatisfy { $0.outcome != nil } && driver.close() == [])
  }
}
