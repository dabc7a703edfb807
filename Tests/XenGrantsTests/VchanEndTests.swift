// SPDX-License-Identifier: Apache-2.0

import Testing
import XenRings

/// An end of a vchan, beside a peer that keeps to the protocol.
@Suite struct VchanEndTests {
  @Test(arguments: VchanStage.Setting.all)
  func bytesGoBothWaysAndAroundTheEnd(setting: VchanStage.Setting) throws {
    let stage = try VchanStage(setting)
    stage.step = { _ in }
    for round in 0..<400 {
      let piece = (0..<97).map { UInt8(truncatingIfNeeded: round &* 31 &+ $0) }
      #expect(stage.write(piece) == 97)
      #expect(stage.unread() == 97)
      let taken = stage.take()
      #expect(taken == piece && stage.unread() == 0)
      stage.give(taken)
      #expect(stage.read(50) == Array(piece[..<50]))
      #expect(stage.read(4096) == Array(piece[50...]))
    }
  }

  /// What is written before the close is read, and what comes after it is not.
  @Test(arguments: VchanStage.Setting.all)
  func whatWasWrittenBeforeTheCloseIsRead(setting: VchanStage.Setting) throws {
    let stage = try VchanStage(setting)
    stage.step = { _ in }
    #expect(stage.write([8, 9]) == 2)
    stage.give([1, 2, 3, 4])
    stage[byte: stage.peerLive] = 0
    #expect(stage.read(3) == [1, 2, 3])
    stage.give([5, 6])
    stage[byte: stage.peerLive] = 1
    #expect(!stage.isOpen && stage.write([1]) == nil)
    #expect(stage.read(10) == [4])
    #expect(stage.read(10) == nil)
    stage.take()
    #expect(stage.unread() == 0, "what it has taken before it went is known")
    #expect(stage.end.failure == nil)
  }

  /// Who finds nothing asks to be told, and is not told twice.
  @Test(arguments: VchanStage.Setting.all)
  func whoWaitsAsksToBeTold(setting: VchanStage.Setting) throws {
    let stage = try VchanStage(setting)
    stage.step = { _ in }
    stage[byte: stage.ourWishes] = 0
    #expect(stage.read(10) == [])
    #expect(stage[byte: stage.ourWishes] == 1)
    stage[byte: stage.ourWishes] = 0
    while let count = stage.write([UInt8](repeating: 1, count: 600)), count > 0 {}
    #expect(stage[byte: stage.ourWishes] == 2)
    stage[byte: stage.ourWishes] = 0
    #expect(stage.unread() == stage.outgoing.count)
    #expect(stage[byte: stage.ourWishes] == 2)

    let told = stage.tellCount
    stage.take()
    stage[byte: stage.peerWishes] = 1
    #expect(stage.write([1]) == 1 && stage.tellCount == told + 1)
    #expect(stage.write([1]) == 1 && stage.tellCount == told + 1)
    stage[byte: stage.peerWishes] = 2
    stage.give([1, 2])
    #expect(stage.read(1) == [1] && stage.tellCount == told + 2)
    #expect(stage.read(1) == [2] && stage.tellCount == told + 2)
  }

  /// What comes between the first look and the wish is seen: nobody would tell of it.
  @Test func aServerWaitsForItsClient() throws {
    let stage = try VchanStage(.init(role: .server))
    stage[byte: 20] = 2
    stage.step = { _ in }
    #expect(stage.isOpen && stage.read(10) == [] && stage.write([1, 2]) == 2)
    stage[byte: 20] = 1
    #expect(stage.isOpen && stage.take() == [1, 2])
    stage[byte: 20] = 2
    #expect(!stage.isOpen, "who was there and is not is gone")
  }

  /// Until the server has taken something once.
  @Test(arguments: VchanStage.Setting.all)
  func aServerThatMayHaveMissedItsClientIsReminded(setting: VchanStage.Setting) throws {
    let stage = try VchanStage(setting)
    stage.step = { _ in }
    #expect(!stage.needsReminder, "nothing was written")
    #expect(stage.write([1, 2]) == 2)
    #expect(stage.needsReminder == (setting.role == .client))
    stage.take(limit: 1)
    #expect(!stage.needsReminder)
    #expect(stage.write([3]) == 1 && !stage.needsReminder)
  }

  @Test(arguments: VchanStage.Setting.all)
  func whoClosesSaysSo(setting: VchanStage.Setting) throws {
    let stage = try VchanStage(setting)
    #expect(stage[byte: stage.ourLive] == 1)
    stage.end.close()
    #expect(stage[byte: stage.ourLive] == 0)
  }
}

/// What a server says of its rings.
@Suite struct VchanLayoutTests {
  @Test(arguments: [
    (UInt16(10), UInt16(11), 0), (11, 10, 0), (10, 12, 1), (12, 11, 1), (12, 12, 2), (13, 10, 2),
    (20, 20, 512), (20, 11, 256), (19, 10, 128), (12, 20, 257),
  ])
  func possibleSizesHaveTheirPages(left: UInt16, right: UInt16, pages: Int) throws {
    let layout = try VchanLayout(leftOrder: left, rightOrder: right)
    #expect(layout.pageCount == pages)
    if left == 10 { #expect(layout.left == .inside(1024..<2048)) }
    if right == 11 { #expect(layout.right == .inside(2048..<4096)) }
  }

  @Test(arguments: [0, 1, 9, 21, 31, 32, 64, 255, 0x7fff, 0x8000, UInt16.max])
  func impossibleSizesAreErrors(order: UInt16) {
    for (left, right) in [(order, 11), (10, order), (order, order)] {
      #expect(throws: VchanLayoutError.impossibleSize(order: order)) {
        try VchanLayout(leftOrder: left, rightOrder: right)
      }
    }
  }

  /// Two rings in one place, and a list of 256 grants that would reach into the ring at 1024.
  @Test(arguments: [(UInt16(10), UInt16(10)), (11, 11), (10, 20), (20, 10)])
  func ringsThatOverlapAreErrors(left: UInt16, right: UInt16) {
    #expect(throws: VchanLayoutError.overlapping(left: left, right: right)) {
      try VchanLayout(leftOrder: left, rightOrder: right)
    }
  }

  @Test func grantsAreReadOnceInTheirOrder() throws {
    let page = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 4096)
    defer { page.deallocate() }
    page.initializeMemory(as: UInt8.self, repeating: 0, count: 4096)
    page.storeBytes(of: 20, toByteOffset: 16, as: UInt16.self)
    page.storeBytes(of: 13, toByteOffset: 18, as: UInt16.self)
    for index in 0..<258 {
      page.storeBytes(of: UInt32(index + 100), toByteOffset: 24 + 4 * index, as: UInt32.self)
    }
    let layout = try VchanLayout(page: page)
    #expect(try layout.grants(in: page) == (100..<358).map { UInt32($0) })
    page.storeBytes(of: 0, toByteOffset: 24 + 4 * 257, as: UInt32.self)
    #expect(throws: VchanLayoutError.noGrant(257)) { try layout.grants(in: page) }
    // The page's own say is over once the layout is made.
    page.storeBytes(of: 0xffff_ffff, toByteOffset: 16, as: UInt32.self)
    #expect(layout.pageCount == 258)
  }
}
