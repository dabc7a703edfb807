// SPDX-License-Identifier: Apache-2.0

import Foundation
import HostilePeers
import Synchronization
import Testing
import XenRings

/// The other end of a vchan writes anything to the page: on a thread of its own at any time, and between any two
/// steps in an order that can be repeated. Nothing traps, and each call ends.
@Suite struct ScribbledVchan {
  @Test(arguments: VchanStage.Setting.all)
  func aThreadScribbles(setting: VchanStage.Setting) throws {
    var moved = 0
    var ends = 0
    var steps = 0
    while steps < 200_000 {
      let stage = try VchanStage(setting)
      stage.step = { _ in }
      let isOver = Atomic(false)
      let begun = DispatchSemaphore(value: 0)
      let ended = DispatchSemaphore(value: 0)
      let scribbler = VchanScribbler(stage, seed: UInt32(truncatingIfNeeded: ends))
      Thread.detachNewThread {
        begun.signal()
        scribbler.scribble(until: { isOver.load(ordering: .relaxed) })
        ended.signal()
      }
      begun.wait()
      steps += torment(stage, atMost: 4000, &moved)
      isOver.store(true, ordering: .relaxed)
      ended.wait()
      ends += 1
    }
    print("\(steps) steps against a thread, \(setting): \(moved) bytes moved, \(ends) vchans")
  }

  /// The bytes that a page begins with are the scribbler's favourites.
  @Test(arguments: VchanStage.Setting.all)
  func aSeededScribblerScribbles(setting: VchanStage.Setting) throws {
    var moved = 0
    var ends = 0
    var steps = 0
    var noise = Noise(seed: 17)
    while steps < 200_000 {
      let stage = try VchanStage(setting)
      stage.step = { stage in
        guard noise.next() % 16 == 0 else { return stage.takeAndGive() }
        let word = noise.next()
        let offset = Int(noise.next() % (word % 2 == 0 ? 6 : 1024)) * 4
        stage[index: offset] = word % 3 == 0 ? word : stage[index: offset] &+ word % 64
      }
      steps += torment(stage, atMost: 4000, &moved)
      ends += 1
    }
    print("\(steps) steps against seed 17, \(setting): \(moved) bytes moved, \(ends) vchans")
  }

  /// Reads and writes until the vchan is over; returns the steps that it took.
  private func torment(_ stage: VchanStage, atMost limit: Int, _ moved: inout Int) -> Int {
    let bytes = [UInt8](repeating: 1, count: 64)
    while stage.stepCount < limit {
      let written = stage.write(Array(bytes[..<(stage.stepCount % 63 + 1)]))
      let read = stage.read(stage.stepCount % 100 + 1)
      let unread = stage.unread()
      moved += (written ?? 0) + (read?.count ?? 0)
      if written == nil, read == nil, unread == nil || !stage.isOpen { break }
    }
    return stage.stepCount
  }
}

/// The page as a peer sees it that respects nothing.
private struct VchanScribbler: @unchecked Sendable {
  private let page: UnsafeMutableRawPointer
  private let offsets: [Int]
  private let seed: UInt32

  init(_ stage: VchanStage, seed: UInt32) {
    page = stage.page
    offsets = [stage.peerProduced, stage.peerConsumed]
    self.seed = seed
  }

  /// Writes indices near, far and impossible, and now and then something else, until told to stop.
  func scribble(until isOver: () -> Bool) {
    var state = seed
    while !isOver() {
      state = state &* 1_664_525 &+ 1_013_904_223
      let offset = offsets[Int(state >> 31)]
      // Mostly such that the rings go on moving between the lies.
      let truth = page.load(fromByteOffset: offset, as: UInt32.self)
      let isNear = state >> 12 & 1023 != 0
      page.storeBytes(
        of: isNear ? truth &+ (state >> 8) & 7 : state, toByteOffset: offset, as: UInt32.self)
      let place = Int(state >> 10) & 4095
      if place < 20 || place >= 22 || state >> 28 == 0 {
        page.storeBytes(
          of: UInt8(truncatingIfNeeded: state >> 3), toByteOffset: max(place, 16), as: UInt8.self)
      }
    }
  }
}
