// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Foundation
import Synchronization
import Testing
import XenABI
import XenDevices
import XenRings

@testable import XenNet

/// The rings of an interface with a backend of which hardly a frame is right.
@Suite struct NetScribblingTests {
  /// No page is lost over a million bad frames: the lies are the same in each run.
  @Test func aMillionBadFramesCostNoPage() throws {
    let faults = try torment(rejected: 1_000_000, onThread: false)
    #expect(faults == [.indices, .unknownResponse, .wrongBuffer])
  }

  /// It lies in the middle of our steps, too.
  @Test func ringsSurviveALyingThread() throws {
    _ = try torment(rejected: 100_000, onThread: true)
  }

  /// Runs rings until there were so many bad frames.
  private func torment(rejected limit: UInt64, onThread: Bool) throws -> Set<NetFault> {
    var counts = TormentedRings.Counts()
    var connections = 0
    var faults: Set<NetFault> = []
    while counts.rejected < limit {
      let rings = try TormentedRings()
      let liar = LyingNetback(rings.pages.map(\.address), seed: UInt64(connections + 1))
      if onThread { liar.start() }
      do throws(NetFault) {
        for _ in 0..<5000 where counts.rejected < limit {
          if !onThread { liar.act() }
          try rings.step(&counts, isQuiet: !onThread)
        }
      } catch {
        faults.insert(error)
      }
      if onThread { liar.stop() }
      #expect(rings.end() == [])
      connections += 1
    }
    #expect(counts.received > 0 && counts.sent > 0)
    print(
      "\(counts.rejected) bad frames, \(onThread ? "from a thread" : "in between"): \(counts.received) "
        + "good ones, \(counts.sent) sent, \(connections) connections")
    return faults
  }
}

/// Both rings of an interface, and their owner.
private final class TormentedRings {
  struct Counts {
    var rejected: UInt64 = 0
    var received = 0
    var sent = 0
  }

  private let xen = FakeDeviceXen()
  let pages: [GivenPage]
  private var sender: NetSender<FakeDeviceXen>
  private var receiver: NetReceiver<FakeDeviceXen>
  private var sent = NetCounts()
  private var number = 0
  private static let buffers = 64

  init() throws {
    let dom0 = DomainID(rawValue: 0)
    pages = [try xen.givePage(to: dom0), try xen.givePage(to: dom0)]
    sender = NetSender(
      RequestRing(page: pages[0].address, slotSize: 12),
      NetPages(xen, for: dom0, isReadOnly: true, limit: 40))
    receiver = NetReceiver(
      RequestRing(page: pages[1].address, slotSize: 8),
      NetPages(xen, for: dom0, isReadOnly: false, limit: Self.buffers))
  }

  /// Receives what there is, and sends what there is room for.
  func step(_ counts: inout Counts, isQuiet: Bool) throws(NetFault) {
    var arrivals = 0
    frames: while true {
      switch try receiver.take() {
      case .nothing: break frames
      case .rejected: counts.rejected += 1
      case .frame(let count, let said):
        precondition((14...65_553).contains(count) && count <= receiver.frame.count)
        precondition(said.segmentSize == 0 || said.isBlank)
        counts.received += 1
      }
      arrivals += 1
    }
    precondition(arrivals <= 256, "a step is bounded")
    _ = receiver.post()
    _ = receiver.expectFrame()
    // Each buffer that was used is there again.
    if isQuiet { precondition(posted == Self.buffers, "a buffer is lost") }
    precondition(receiver.allPages.count <= Self.buffers && sender.allPages.count <= 40)
    _ = try sender.takeResponses(&sent)
    for _ in 0..<8 {
      number += 1
      let frame = NetOffload(segmentSize: number % 3 == 0 ? 1448 : 0)
      let count = 14 + number * 131 % 20_000
      guard sender.makeRoom(count, frame) else { break }
      sender.add(count, frame) { _, page in page.storeBytes(of: 1, as: UInt8.self) }
      counts.sent += 1
    }
    _ = sender.publish()
  }

  /// Buffers that the backend has; it has answered all before.
  private var posted: Int {
    let ring = pages[1].address
    return Int(
      ring.load(as: UInt32.self) &- ring.load(fromByteOffset: 8, as: UInt32.self))
  }

  /// Takes everything back, and says what is left.
  func end() -> [String] {
    let all = pages + sender.allPages + receiver.allPages
    let areBack = all.allSatisfy { xen.takeBack($0) }
    return xen.leftovers() + (areBack ? [] : ["a page"])
  }
}

/// A backend that lies, on the thread of its driver or on one of its own. It moves no data.
private final class LyingNetback: @unchecked Sendable {
  private let rings: [UnsafeMutableRawPointer]
  private var state: UInt64
  private var taken: (send: UInt32, receive: UInt32) = (0, 0)
  /// Slots that are what is added to a frame, from the next one on, and whether that one is a later one of a frame.
  private var extras = 0
  private var isInFrame = false
  private let isOver = Atomic(false)
  private let ended = DispatchSemaphore(value: 0)

  init(_ rings: [UnsafeMutableRawPointer], seed: UInt64) {
    (self.rings, state) = (rings, seed &* 0x9e37_79b9_7f4a_7c15 | 1)
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

  private func store(_ word: UInt32, _ ring: Int, at offset: Int) {
    rings[ring].storeBytes(of: word, toByteOffset: offset, as: UInt32.self)
  }

  /// Answers what there is, and uses all buffers.
  func act() {
    // The driver's indices are one thing that the backend never writes.
    let ends = rings.map { $0.load(as: UInt32.self) }
    while taken.send != ends[0] { answer() }
    (extras, isInFrame) = (0, false)
    while taken.receive != ends[1] { use() }
    for (ring, end) in [taken.send, taken.receive].enumerated() {
      store(end, ring, at: 8)
      store(draw(2) == 0 ? end &+ 1 : UInt32(draw(1 << 32)), ring, at: 4)
      if draw(4000) == 0 { store(UInt32(draw(1 << 32)), ring, at: 8) }
    }
  }

  private func answer() {
    let slot = 64 + Int(taken.send & 255) * 12
    let words = (0..<3).map { rings[0].load(fromByteOffset: slot + $0 * 4, as: UInt32.self) }
    // What says how a frame is cut has zeros where a request has its number and its size.
    var word = words[2] & 0xffff
    if words[2] == 0 {
      word = 1 << 16
    } else if draw(30) == 0 {
      word |= UInt32(truncatingIfNeeded: draw(7) &- 3) << 16
    }
    if draw(60_000) == 0 { word ^= 1 << UInt32(draw(16)) }
    store(word, 0, at: slot)
    taken.send &+= 1
  }

  /// Fills a slot of the ring for receiving.
  private func use() {
    let slot = 64 + Int(taken.receive & 255) * 8
    defer { taken.receive &+= 1 }
    guard extras == 0 else {
      let flags: UInt32 = extras > 1 ? 1 << 8 : 0
      store(UInt32(draw(7)) | flags | UInt32(draw(3) * 700) << 16, 1, at: slot)
      store(UInt32(draw(4)), 1, at: slot + 4)
      extras -= 1
      return
    }
    var id = taken.receive & 0xffff
    if draw(200_000) == 0 { id ^= 1 << UInt32(draw(16)) }
    // Only the first slot of a frame has something added: what follows another one has a number.
    let isAdded = !isInFrame && draw(4) == 0
    let flags = UInt32(draw(3) == 0 ? 4 : 0) | (isAdded ? 8 : 0) | UInt32(draw(4))
    let status = draw(8) == 0 ? draw(1 << 16) : draw(40)
    let offset = draw(8) == 0 ? draw(1 << 16) : draw(4096)
    store(id | UInt32(offset) << 16, 1, at: slot)
    store(flags | UInt32(status) << 16, 1, at: slot + 4)
    extras = isAdded ? 1 + Int(draw(3)) : 0
    isInFrame = flags & 4 != 0
  }
}
