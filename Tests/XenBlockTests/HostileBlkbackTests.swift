// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing
import XenBlock
import XenDevices
import XenFrontends

/// Backends that break the protocol. The driver finds out, or is not harmed; never does it stop the guest, use a
/// page that is not its own, or wait without end.
@Suite struct HostileBlkbackTests {
  @Test func thereAreManyTricks() {
    #expect(BlkbackTrick.all.count >= 60)
    #expect(Set(BlkbackTrick.all.map(\.testDescription)).count == BlkbackTrick.all.count)
  }

  @Test(arguments: BlkbackTrick.all)
  func aTrickIsFoundOutOrDoesNoHarm(trick: BlkbackTrick) {
    let driver = BlockDriver.connected()
    for number in 0..<10 { driver.finish(.read(512, at: UInt64(number) * 512)) }
    driver.backend.holds = true
    let read = BlockRequest.read(4096, at: 0)
    let write = BlockRequest.write(pattern(1 << 16), at: 1 << 20)
    for request in [read, write] { driver.frontend.add(request) }
    driver.world.run { driver.backend.held.count == 2 }
    driver.backend.isAlive = false
    driver.backend.wakeNow = { [unowned driver] in _ = driver.frontend.advance() }
    trick.act(driver.backend)
    driver.backend.wakeNow()
    driver.world.run(horizon: 1000)
    if let fault = trick.fault {
      #expect(driver.frontend.failure == .broken(fault) && driver.state == .failed)
      #expect(write.outcome != nil && driver.frontend.port == nil)
      #expect(driver.finish(.read(512, at: 0)) == .failed(.broken(fault)))
    } else {
      #expect(driver.state == .connected && driver.frontend.failure == nil)
    }
    // It does not go on with what it has written itself.
    driver.backend.disconnect()
    driver.backend.isAlive = true
    #expect(driver.close() == [])
  }

  @Test(arguments: [1, 2, 7, -1, -3, -32768] as [Int16])
  func aStatusThatIsNotSuccessIsAnError(status: Int16) {
    let driver = BlockDriver.connected()
    driver.backend.status = { _ in status }
    for (request, operation): (BlockRequest, BlockOperation) in [
      (.read(512, at: 1024), .read), (.write(pattern(512), at: 1024), .write),
      (.discard(512, at: 1024), .discard),
    ] {
      #expect(driver.finish(request) == .failed(.failed(operation, offset: 1024)))
    }
    #expect(driver.finish(.flush()) == .failed(.failed(.flush, offset: 0)))
    driver.backend.status = { _ in -2 }
    #expect(driver.finish(.read(512, at: 0)) == .failed(.notSupported(.read)))
    driver.backend.status = { _ in 0 }
    #expect(driver.read(512, at: 0) != nil && driver.close() == [])
  }

  // MARK: At the wrong time

  /// There is nothing that could be answered before there are requests.
  @Test(arguments: [UInt32(1), 32, 0xffff_ffff])
  func responsesBeforeTheConnectionEndIt(end: UInt32) {
    let driver = BlockDriver()
    driver.frontend.add(.read(512, at: 0))
    driver.backend.isAlive = false
    driver.backend.state = 2
    driver.world.run { driver.store.get(FakeBackend.front + "/state") == "3" }
    let page = driver.backend.number("ring-ref").flatMap { driver.xen.map($0, as: 0) }
    page?.storeBytes(of: end, toByteOffset: 8, as: UInt32.self)
    driver.world.run()
    driver.store.fireAll()
    driver.world.run()
    #expect(driver.frontend.failure == .broken(.indices))
    if let reference = driver.backend.number("ring-ref") { driver.xen.unmap(reference) }
    driver.backend.isAlive = true
    #expect(driver.close() == [])
  }

  @Test func responsesAfterTheEndAreNotLookedAt() {
    let driver = BlockDriver.connected { $0.holds = true }
    let read = BlockRequest.read(4096, at: 0)
    driver.frontend.add(read)
    driver.world.run { driver.backend.held.count == 1 }
    driver.frontend.close()
    driver.backend.setIndex(8, 77)
    driver.backend.put(BlkResponse(id: 3, operation: 9, status: 9))
    driver.world.run()
    #expect(BlockEnd(read) == .failed(.closed) && driver.close() == [])
  }

  // MARK: Without end

  /// Each answer is there before the driver looks whether it has to sleep.
  @Test func aBackendThatIsAlwaysFasterCannotHoldUs() {
    let driver = BlockDriver.connected()
    let requests = (0..<5000).map { BlockRequest.read(512, at: UInt64($0) % 4096 * 512) }
    for request in requests { driver.frontend.add(request) }
    driver.xen.meddle = { driver.backend.step() }
    var steps = 0
    while requests.contains(where: { $0.outcome == nil }), steps < 1000 {
      let before = driver.frontend.endCount
      let again = driver.frontend.advance()
      #expect(driver.frontend.endCount - before <= 160)
      #expect(again != nil || requests.allSatisfy { $0.outcome != nil })
      steps += 1
    }
    driver.xen.meddle = {}
    #expect(requests.allSatisfy { BlockEnd($0) == .done } && steps > 5000 / 160)
    #expect(driver.close() == [])
  }

  @Test func aBackendThatNeverAnswersCostsTheRequestsOnly() {
    let driver = BlockDriver.connected { $0.holds = true }
    let requests = (0..<1000).map { BlockRequest.write(pattern(4096), at: UInt64($0) % 8 * 4096) }
    for request in requests { driver.frontend.add(request) }
    driver.world.run()
    #expect(driver.backend.held.count == 32 && driver.world.calls < 60)
    #expect(driver.xen.mostPages == 33)
    for request in requests { driver.frontend.abandon(request) }
    driver.world.run()
    #expect(driver.backend.log.count == 32 && driver.state == .connected)
    #expect(driver.close() == [] && requests.prefix(32).allSatisfy { $0.outcome != nil })
  }

  // MARK: Nodes that make no sense

  static let nonsense: [(String, String?)] = [
    ("sectors", nil), ("sectors", ""), ("sectors", "x"), ("sectors", "-1"), ("sectors", " 8"),
    ("sectors", "8 "), ("sectors", "0x10"), ("sectors", "18014398509481984"),
    ("sectors", "9223372036854775807"), ("sectors", "18446744073709551615"),
    ("sectors", "18446744073709551616"), ("sectors", String(repeating: "1", count: 4000)),
    ("sector-size", ""), ("sector-size", "x"), ("sector-size", "0"), ("sector-size", "1"),
    ("sector-size", "256"), ("sector-size", "511"), ("sector-size", "513"), ("sector-size", "520"),
    ("sector-size", "1536"), ("sector-size", "8192"), ("sector-size", "4294967808"),
    ("sector-size", "18446744073709551616"), ("info", ""), ("info", "x"), ("info", "-4"),
    ("feature-flush-cache", "yes"), ("feature-discard", ""), ("feature-discard", "1 "),
    ("feature-max-indirect-segments", ""), ("feature-max-indirect-segments", "-1"),
    ("feature-max-indirect-segments", "99999999999999999999"),
  ]

  @Test(arguments: nonsense)
  func aDiskThatCannotBeIsNotUsed(node: String, value: String?) {
    let error = BlockError.unusable(node: Array(node.utf8), value: Array((value ?? "").utf8))
    let driver = BlockDriver { $0.says[node] = .some(value) }
    #expect(driver.finish(.read(512, at: 0)) == .failed(error))
    driver.world.run()
    #expect(driver.frontend.failure == error && driver.state == .failed)
    #expect(driver.backend.log.isEmpty && driver.xen.pageCount == 0)
    // Another device in the same place is another chance.
    driver.backend.removeNodes()
    driver.world.run()
    driver.backend.says.removeValue(forKey: node)
    driver.backend.attach()
    #expect(driver.world.run { driver.state == .connected })
    #expect(driver.read(512, at: 0) != nil && driver.close() == [])
  }

  /// The same of a disk that was all right until now.
  @Test(arguments: nonsense)
  func aDiskThatCannotBeAnyMoreFails(node: String, value: String?) {
    let driver = BlockDriver.connected { $0.holds = true }
    let read = BlockRequest.read(512, at: 0)
    driver.frontend.add(read)
    driver.world.run { driver.backend.held.count == 1 }
    if let value {
      driver.store.set(driver.backend.path + "/" + node, value)
    } else {
      driver.store.remove(driver.backend.path + "/" + node)
    }
    driver.backend.state = 4
    driver.world.run()
    let error = BlockError.unusable(node: Array(node.utf8), value: Array((value ?? "").utf8))
    #expect(BlockEnd(read) == .failed(error) && driver.state == .failed)
    #expect(driver.close() == [])
  }

  static let odd: [(String, String)] = [
    ("sectors", "0"), ("sectors", "1"), ("sectors", "18014398509481983"), ("info", "7"),
    ("info", "18446744073709551615"), ("feature-max-indirect-segments", "0"),
    ("feature-max-indirect-segments", "11"), ("feature-max-indirect-segments", "12"),
    ("feature-max-indirect-segments", "2147483648"),
    ("feature-max-indirect-segments", "18446744073709551615"), ("feature-flush-cache", "9"),
  ]

  @Test(arguments: odd)
  func aDiskThatIsOddIsUsed(node: String, value: String) throws {
    let driver = BlockDriver.connected { $0.says[node] = value }
    let geometry = try #require(driver.frontend.geometry)
    #expect([0, 12, 32].contains(geometry.indirectPages) && driver.state == .connected)
    let end = driver.finish(.read(512, at: geometry.size))
    #expect(end == .failed(.outside(offset: geometry.size, count: 512, size: geometry.size)))
    let last = driver.finish(.read(512, at: .max - 511))
    #expect(last == .failed(.outside(offset: .max - 511, count: 512, size: geometry.size)))
    #expect(driver.finish(.read(0, at: 0)) == .done && driver.close() == [])
  }
}
