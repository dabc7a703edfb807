// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Testing
import XenRings

/// A peer on another thread that writes anything to the page at any time.
@Suite struct ScribblingPeer {
  @Test func aMillionStepsEndInBytesOrErrors() throws {
    var moved = 0
    var refused = 0
    // The lies pile up until nothing moves any more: so many fresh pages.
    for _ in 0..<500 { try torment(SharedPage(index: 0), steps: 2000, &moved, &refused) }
    print("1000000 steps against a scribbling peer: \(moved) bytes moved, \(refused) refused")
  }

  private func torment(
    _ page: SharedPage, steps: Int, _ moved: inout Int, _ refused: inout Int
  ) throws {
    let isOver = Atomic(false)
    let begun = DispatchSemaphore(value: 0)
    let ended = DispatchSemaphore(value: 0)
    let scribbler = page.scribbler
    Thread.detachNewThread {
      begun.signal()
      scribbler.scribble(until: { isOver.load(ordering: .relaxed) })
      ended.signal()
    }
    begun.wait()
    for step in 0..<steps / 2 {
      do {
        let count = try page.write([UInt8](repeating: 1, count: step & 31))
        #expect((0...step & 31).contains(count))
        moved += count
      } catch {
        refused += 1
      }
      do {
        let bytes = try page.read(step & 63)
        #expect(bytes.count <= step & 63)
        moved += bytes.count
      } catch {
        refused += 1
      }
    }
    isOver.store(true, ordering: .relaxed)
    ended.wait()
  }
}

/// The page as a peer sees it that respects nothing.
struct Scribbler: @unchecked Sendable {
  let page: UnsafeMutableRawPointer

  /// Writes indices near, far and impossible, and bytes, until told to stop.
  func scribble(until isOver: () -> Bool) {
    var state: UInt32 = 1
    while !isOver() {
      state = state &* 1_664_525 &+ 1_013_904_223
      let offset = state >> 31 == 0 ? 1024 : 1028
      // Back to what it was, so that the rings go on moving between the lies.
      let truth = page.load(fromByteOffset: offset, as: UInt32.self)
      let isNear = (state >> 16) & 1 == 0
      page.storeBytes(
        of: isNear ? truth &+ (state >> 8) & 63 : state, toByteOffset: offset, as: UInt32.self)
      page.storeBytes(of: truth, toByteOffset: offset, as: UInt32.self)
      page.storeBytes(
        of: UInt8(truncatingIfNeeded: state), toByteOffset: Int(state >> 10) & 1023,
        as: UInt8.self)
    }
  }
}
