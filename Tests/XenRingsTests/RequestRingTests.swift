// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Testing
import XenRings

/// The frontend's end of a ring of requests, beside a backend that may do anything to the page.
@Suite struct RequestRingTests {
  private let backend = RingBackend()

  private func ring(_ slotSize: Int = 112) -> RequestRing {
    RequestRing(page: backend.page, slotSize: slotSize)
  }

  /// Sizes of Xen's requests, and how many slots a page has for them.
  @Test(arguments: [(112, 32), (12, 256), (8, 256), (16, 128), (4, 512), (2016, 2), (4032, 1)])
  func aPageHasAsManySlotsAsXenSays(size: Int, count: Int) {
    #expect(ring(size).slotCount == count && ring(size).room == count)
  }

  @Test func aRingBeginsAsBackendsExpect() {
    _ = ring()
    #expect([0, 4, 8, 12].map { backend[$0] } == [0, 1, 0, 1])
  }

  @Test func requestsAreSeenWhenTheyArePublished() {
    var ring = ring()
    ring.nextRequest().store(UInt32(7), at: 0)
    ring.nextRequest().store(UInt64(0x1_0000_0002), at: 8)
    #expect(backend[0] == 0 && ring.outstanding == 2 && ring.room == 30)
    let isTold = ring.publish()
    #expect(isTold && backend[0] == 2 && backend[64] == 7)
    #expect(backend[64 + 112 + 8] == 2 && backend[64 + 112 + 12] == 1)
    let isToldAgain = ring.publish()
    #expect(!isToldAgain, "nothing new")
  }

  /// As `RING_PUSH_REQUESTS_AND_CHECK_NOTIFY` of Xen's `ring.h` has it.
  @Test func theBackendIsToldExactlyWhenItWants() {
    for before: UInt32 in 0..<6 {
      for count: UInt32 in 1..<6 {
        for wish in [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 40, 0x8000_0000, .max] as [UInt32] {
          var ring = ring()
          for _ in 0..<before { _ = ring.nextRequest() }
          _ = ring.publish()
          for _ in 0..<count { _ = ring.nextRequest() }
          backend[4] = wish
          let end = before + count
          let isTold = ring.publish()
          #expect(isTold == (end &- wish < end &- before))
        }
      }
    }
  }

  @Test func responsesComeInTheOrderOfTheRing() throws {
    var ring = ring()
    for turn: UInt32 in 0..<200 {
      for _ in 0..<turn % 33 { _ = ring.nextRequest() }
      _ = ring.publish()
      for number in 0..<turn % 33 { backend.respond(turn &* 100 &+ number) }
      for number in 0..<turn % 33 {
        #expect(try ring.takeResponse()?.load(0) == turn &* 100 &+ number)
      }
      #expect(try ring.takeResponse() == nil)
      #expect(ring.outstanding == 0)
    }
  }

  @Test func theNextResponseIsAskedFor() throws {
    var ring = ring()
    for _ in 0..<3 { _ = ring.nextRequest() }
    _ = ring.publish()
    #expect(!ring.expectResponses() && backend[12] == 1)
    backend.respond(1)
    backend.respond(2)
    #expect(ring.expectResponses(), "it came in between")
    for _ in 0..<2 { _ = try ring.takeResponse() }
    #expect(!ring.expectResponses() && backend[12] == 3)
  }

  @Test func aLaterResponseMayBeAskedFor() throws {
    var ring = ring()
    for _ in 0..<9 { _ = ring.nextRequest() }
    _ = ring.publish()
    backend.respond(1)
    #expect(try ring.takeResponse() != nil)
    for count in 1...8 {
      #expect(!ring.expectResponses(count) && backend[12] == UInt32(1 + count))
    }
    for _ in 0..<4 { backend.respond(1) }
    for count in 1...8 { #expect(ring.expectResponses(count) == (count <= 4)) }
  }

  @Test(arguments: [4, 5, 33, 0x7fff_ffff, 0x8000_0000, 0x8000_0003, .max, 0, 1] as [UInt32])
  func impossibleIndicesAreErrors(end: UInt32) throws {
    var ring = ring()
    for _ in 0..<3 { _ = ring.nextRequest() }
    _ = ring.publish()
    for _ in 0..<2 { backend.respond(0) }
    for _ in 0..<2 { #expect(try ring.takeResponse() != nil) }
    // One is written, but the backend cannot have seen it.
    _ = ring.nextRequest()
    backend[8] = end
    #expect(throws: RingError.corruptIndices(produced: end, consumed: 2)) {
      try ring.takeResponse()
    }
  }

  @Test func theBackendsIndexIsLookedAtOnceForWhatItShows() throws {
    var ring = ring()
    for _ in 0..<3 { _ = ring.nextRequest() }
    _ = ring.publish()
    for _ in 0..<3 { backend.respond(5) }
    #expect(try ring.takeResponse() != nil)
    backend[8] = 77
    for _ in 0..<2 { #expect(try ring.takeResponse() != nil) }
    #expect(throws: RingError.self) { try ring.takeResponse() }
  }

  @Test func ourIndicesAreOurs() throws {
    var ring = ring()
    _ = ring.nextRequest()
    _ = ring.publish()
    (backend[0], backend[12]) = (500, 500)
    _ = ring.nextRequest()
    _ = ring.publish()
    #expect(backend[0] == 2 && ring.outstanding == 2)
  }

  // MARK: A backend on another thread

  private static let steps = 5_000_000

  /// Each step does a bounded amount of work, and ends in a slot, nothing, or an error.
  @Test func fiveMillionStepsBesideAScribblingThread() {
    var (steps, taken, refused) = (0, 0, 0)
    while steps < Self.steps {
      let backend = RingBackend()
      let scribbler = backend.startScribbling(seed: UInt32(truncatingIfNeeded: steps))
      var ring = RequestRing(page: backend.page, slotSize: 112)
      for _ in 0..<50_000 {
        if ring.room > 0 { ring.nextRequest().store(UInt64(steps), at: 8) }
        _ = ring.publish()
        do {
          if let slot = try ring.takeResponse() {
            _ = slot.load(0) &+ slot.load(8)
            taken += 1
          }
        } catch {
          refused += 1
        }
        _ = ring.expectResponses()
        steps += 4
        precondition((0...32).contains(ring.room) && ring.outstanding == 32 - ring.room)
      }
      scribbler.stop()
    }
    #expect(taken > 0 && refused > 0)
    print("\(steps) ring steps beside a scribbling thread: \(taken) responses, \(refused) refused")
  }
}

/// A backend's hands on the page.
private final class RingBackend {
  let page: UnsafeMutableRawPointer
  private var responses: UInt32 = 0

  init() {
    page = .allocate(byteCount: 4096, alignment: 4096)
    page.initializeMemory(as: UInt8.self, repeating: 0, count: 4096)
  }

  deinit { page.deallocate() }

  /// The word at an offset.
  subscript(offset: Int) -> UInt32 {
    get { page.load(fromByteOffset: offset, as: UInt32.self) }
    set { page.storeBytes(of: newValue, toByteOffset: offset, as: UInt32.self) }
  }

  /// Writes a response of one word.
  func respond(_ word: UInt32) {
    self[64 + Int(responses & 31) * 112] = word
    responses += 1
    self[8] = responses
  }

  func startScribbling(seed: UInt32) -> RingScribbler {
    let scribbler = RingScribbler(page: page, seed: seed)
    scribbler.start()
    return scribbler
  }
}

/// Answers all requests, and writes anything over anything in between.
private final class RingScribbler: @unchecked Sendable {
  private let page: UnsafeMutableRawPointer
  private var state: UInt32
  private let isOver = Atomic(false)
  private let ended = DispatchSemaphore(value: 0)

  init(page: UnsafeMutableRawPointer, seed: UInt32) {
    (self.page, state) = (page, seed | 1)
  }

  func start() {
    let begun = DispatchSemaphore(value: 0)
    Thread.detachNewThread { [self] in
      begun.signal()
      while !isOver.load(ordering: .relaxed) { scribble() }
      ended.signal()
    }
    begun.wait()
  }

  func stop() {
    isOver.store(true, ordering: .relaxed)
    ended.wait()
  }

  private func scribble() {
    state = state &* 1_664_525 &+ 1_013_904_223
    let produced = page.load(as: UInt32.self)
    store(produced, at: 8)
    switch state >> 29 {
    case 0: store(state, at: 8)
    case 1: store(produced &+ 1, at: 8)
    case 2: store(produced &- 1, at: 8)
    case 3: store(state, at: 4)
    case 4: store(state, at: 12)
    case 5: store(state, at: 64 + Int(state >> 4) % 1000 * 4)
    default: break
    }
    store(produced, at: 8)
  }

  private func store(_ word: UInt32, at offset: Int) {
    page.storeBytes(of: word, toByteOffset: offset, as: UInt32.self)
  }
}
