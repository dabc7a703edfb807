// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Testing
import XenABI
import XenEvents

/// The event bits, with a test that plays Xen by the rules of `event_2l.c`.
@Suite struct EventPages {
  @Test func everythingIsMaskedBeforeAnythingIsHandled() {
    let xen = FakeEvents()
    xen.events.maskAll()
    for port in 1..<UInt32(EventPage.portCount) { xen.send(port) }
    #expect(!xen.wantsUpcall)
    #expect(xen.take().isEmpty)
  }

  @Test func all4096PortsComeThroughOnce() {
    let xen = FakeEvents()
    for port in 0..<UInt32(EventPage.portCount) { xen.send(port) }
    #expect(xen.wantsUpcall)
    #expect(xen.take() == Array(0..<4096))
    #expect(!xen.wantsUpcall)
    #expect(xen.take().isEmpty)
  }

  @Test func maskedPortsStayPendingUntilTheyAreUnmasked() {
    let xen = FakeEvents()
    xen.events.maskAll()
    xen.unmask(7)
    xen.send(7)
    xen.send(8)
    #expect(xen.take() == [7])
    xen.unmask(8)
    #expect(xen.wantsUpcall)
    #expect(xen.take() == [8])
  }

  @Test func anEdgeAfterThePortWasTakenWantsANewUpcall() {
    let xen = FakeEvents()
    xen.send(100)
    #expect(xen.take() == [100])
    xen.send(100)
    #expect(xen.wantsUpcall)
    #expect(xen.take() == [100])
  }

  @Test func aClearedPortIsNotTakenAndTheUpcallIsSpurious() {
    let xen = FakeEvents()
    xen.send(3)
    xen.events.clearPending(EventChannelPort(rawValue: 3))
    #expect(xen.wantsUpcall)
    #expect(xen.take().isEmpty)
  }

  @Test func maskingOnePortLeavesItsNeighbours() {
    let xen = FakeEvents()
    xen.events.mask(EventChannelPort(rawValue: 64))
    for port: UInt32 in [63, 64, 65] { xen.send(port) }
    #expect(xen.take() == [63, 65])
  }

  @Test func numbersThatAreNoPortsAreIgnored() {
    let xen = FakeEvents()
    for number in [4096, UInt32.max] {
      xen.events.mask(EventChannelPort(rawValue: number))
      xen.events.clearPending(EventChannelPort(rawValue: number))
    }
    #expect(xen.isUntouched)
  }

  /// One thread sends as Xen does, the other takes: each edge is seen, none is seen twice.
  @Test func noEdgeIsLostWhileAnotherThreadSends() {
    let xen = FakeEvents()
    let ended = DispatchSemaphore(value: 0)
    let sent = Atomic(0)
    let isOver = Atomic(false)
    Thread.detachNewThread {
      while !isOver.load(ordering: .acquiring) {
        for port: UInt32 in [1, 63, 64, 1000, 4095] where xen.send(port) {
          sent.add(1, ordering: .relaxed)
        }
      }
      ended.signal()
    }
    // However the two threads are scheduled, they have met often by then.
    var taken = 0
    while taken < 20_000 { taken += xen.take().count }
    isOver.store(true, ordering: .releasing)
    ended.wait()
    taken += xen.take().count
    #expect(taken == sent.load(ordering: .relaxed))
  }
}
