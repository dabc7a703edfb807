// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Foundation
import Synchronization
import Testing
import XenABI
import XenDevices
import XenRings

@testable import XenBlock

/// The queue of a disk with a backend that answers, and lies now and then.
@Suite struct BlockScribblingTests {
  /// Between any two steps: the lies are the same in each run.
  @Test func aQueueSurvivesLiesBetweenItsSteps() throws {
    let faults = try torment(steps: 1_000_000, onThread: false)
    #expect(faults == [.indices, .unknownResponse, .wrongOperation])
  }

  /// In the middle of its steps.
  @Test func aQueueSurvivesALyingThread() throws {
    _ = try torment(steps: 400_000, onThread: true)
  }

  /// Runs queues until there were so many steps: looks at the ring, requests and responses.
  private func torment(steps limit: Int, onThread: Bool) throws -> Set<BlockFault> {
    var (steps, ended, connections) = (0, 0, 0)
    var faults: Set<BlockFault> = []
    while steps < limit {
      let queue = try TormentedQueue()
      let liar = LyingBackend(page: queue.ring.address, seed: UInt64(connections + 1))
      if onThread { liar.start() }
      do throws(BlockFault) {
        for _ in 0..<20_000 {
          if !onThread { liar.act() }
          let count = try queue.step()
          steps += 4 + count * 2
          ended += count
        }
      } catch {
        faults.insert(error)
      }
      if onThread { liar.stop() }
      #expect(queue.end() == [])
      connections += 1
    }
    #expect(ended > 0)
    print(
      "\(steps) steps with a lying backend, \(onThread ? "on a thread" : "in between"): "
        + "\(ended) ends of requests, \(connections) connections")
    return faults
  }
}

/// A queue with requests of all kinds.
private final class TormentedQueue {
  private let xen = FakeDeviceXen()
  let ring: GivenPage
  private var queue = BlockQueue<FakeDeviceXen>(handle: 51712)
  private var requests: [BlockRequest] = []
  private var count = 0

  init() throws {
    let dom0 = DomainID(rawValue: 0)
    ring = try xen.givePage(to: dom0)
    queue.connect(
      RequestRing(page: ring.address, slotSize: 112), BlockPool(xen, for: dom0, limit: 64))
    let names = ["8192", nil, nil, "1", "1", "32"] as [String?]
    queue.open(try BlockGeometry(names.map { $0.map { Array($0.utf8) } }))
  }

  /// Adds what there is room for, and goes on.
  ///
  /// - Returns: How many times requests may have ended.
  func step() throws(BlockFault) -> Int {
    while requests.count < 40 {
      count += 1
      let request: BlockRequest =
        switch count % 6 {
        case 0: .write([UInt8](repeating: 1, count: 512 << (count % 7)), at: 0)
        case 1: .flush()
        case 2: .discard(512, at: 512)
        default: .read(512 << (count % 9), at: 4096)
        }
      requests.append(request)
      queue.add(request)
    }
    let before = queue.endCount
    _ = try queue.advance {}
    let ended = queue.endCount - before
    precondition(ended <= 200, "a step is bounded")
    requests.removeAll { $0.outcome != nil }
    return ended
  }

  /// Ends all, and says what is left.
  func end() -> [String] {
    queue.failAll(.closed)
    let isOpen = requests.contains { $0.outcome == nil }
    let pages = queue.disconnect() + [ring]
    let areBack = pages.allSatisfy { xen.takeBack($0) }
    return xen.leftovers() + (isOpen || !areBack ? ["a request or a page"] : [])
  }
}

/// A backend that lies, on the thread of its driver or on one of its own. It moves no data.
private final class LyingBackend: @unchecked Sendable {
  private let page: UnsafeMutableRawPointer
  private var state: UInt64
  private var taken: UInt32 = 0
  private let isOver = Atomic(false)
  private let ended = DispatchSemaphore(value: 0)

  init(page: UnsafeMutableRawPointer, seed: UInt64) {
    (self.page, state) = (page, seed &* 0x9e37_79b9_7f4a_7c15 | 1)
  }

  func start() {
    Thread.detachNewThread { [self] in
      while !isOver.load(ordering: .relaxed) {
        act()
        sched_yield()
      }
      ended.signal()
    }
  }

  func stop() {
    isOver.store(true, ordering: .relaxed)
    ended.wait()
  }

  private func draw(_ limit: UInt64) -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return (state >> 16) % limit
  }

  /// Answers what there is.
  func act() {
    // The driver's index is one thing that the backend never writes.
    let end = page.load(as: UInt32.self)
    guard taken != end else { return lieAboutTheIndex() }
    while taken != end {
      let slot = page + 64 + Int(taken & 31) * 112
      var id = slot.load(fromByteOffset: 8, as: UInt64.self)
      let first = slot.load(as: UInt32.self)
      var operation = UInt8(truncatingIfNeeded: first)
      if draw(3000) == 0 { id ^= 1 << draw(64) }
      if draw(3000) == 0 { operation = UInt8(draw(256)) }
      slot.storeBytes(of: id, as: UInt64.self)
      slot.storeBytes(of: UInt32(operation), toByteOffset: 8, as: UInt32.self)
      if draw(20) == 0 {
        slot.storeBytes(
          of: Int16(truncatingIfNeeded: Int(draw(9)) - 4), toByteOffset: 10, as: Int16.self)
      }
      taken &+= 1
      store(taken, at: 8)
    }
    store(UInt32(truncatingIfNeeded: draw(2) == 0 ? UInt64(taken) + 1 : draw(1 << 32)), at: 4)
    if draw(500) == 0 { store(UInt32(truncatingIfNeeded: draw(1 << 32)), at: 8) }
  }

  private func lieAboutTheIndex() {
    guard draw(2000) == 0 else { return }
    store(UInt32(truncatingIfNeeded: draw(1 << 32)), at: 8)
    if draw(2) == 0 { store(taken, at: 8) }
  }

  private func store(_ word: UInt32, at offset: Int) {
    page.storeBytes(of: word, toByteOffset: offset, as: UInt32.self)
  }
}
