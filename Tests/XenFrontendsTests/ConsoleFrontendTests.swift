// SPDX-License-Identifier: Apache-2.0

import Testing
import XenABI
import XenFrontends
import XenRings

@Suite struct ConsoleFrontends {
  let xen = FakeXen()

  @Test func printsAndTellsTheDaemonOnce() {
    var console = makeConsole()
    console.print("hello\n")
    #expect(xen.output() == Array("hello\n".utf8))
    #expect((xen.notifications, xen.sleeps) == (1, 0))
  }

  @Test(arguments: [UInt32(0), 0xffff_fff0])
  func longOutputArrivesWholeInTurnsWithTheDaemon(start: UInt32) {
    xen[index: ConsolePageLayout.outputProduced] = start
    xen[index: ConsolePageLayout.outputConsumed] = start
    let text = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    var received: [UInt8] = []
    xen.peer = { xen in
      received += xen.output(limit: 1500)
      return true
    }
    var console = makeConsole()
    text.withUnsafeBytes { console.write($0) }
    console.drain()
    #expect(received == text)
    #expect(console.droppedBytes == 0)
  }

  @Test func aDaemonThatNeverReadsCostsOneWaitAndAnExactCount() {
    var console = makeConsole()
    console.print(String(repeating: "x", count: 3000))
    #expect(console.droppedBytes == 3000 - 2048)
    let sleeps = xen.sleeps
    console.print(String(repeating: "y", count: 500))
    #expect(console.droppedBytes == 3000 - 2048 + 500)
    #expect(xen.sleeps == sleeps, "once stalled, nothing waits again")
  }

  @Test func theLossIsAnnouncedWhenTheDaemonComesBack() {
    var console = makeConsole()
    console.print(String(repeating: "x", count: 2148))
    #expect(xen.output().count == 2048)
    console.print("back\n")
    #expect(
      String(decoding: xen.output(), as: UTF8.self) == "\n[console: 100 bytes dropped]\nback\n")
    console.print("more\n")
    #expect(String(decoding: xen.output(), as: UTF8.self) == "more\n", "announced once")
  }

  @Test func drainingEndsThoughTheDaemonOnlyTrickles() {
    xen.peer = { xen in
      _ = xen.output(limit: 1)
      return false
    }
    var console = makeConsole()
    console.print(String(repeating: "x", count: 2000))
    console.drain()
    #expect(xen.sleeps < 10)
  }

  @Test(arguments: [UInt32(1), 5000, 0x8000_0000])
  func impossibleIndicesFailForGood(consumed: UInt32) {
    var console = makeConsole()
    xen[index: ConsolePageLayout.outputConsumed] = consumed
    console.print("lost")
    #expect(console.failure == .corruptIndices(produced: 0, consumed: consumed))
    #expect(console.droppedBytes == 4)
    xen[index: ConsolePageLayout.outputConsumed] = 0
    console.print("still lost")
    console.drain()
    #expect(xen.output().isEmpty)
    #expect(console.droppedBytes == 14)
  }

  @Test(arguments: [UInt32(0), 0xffff_fff0])
  func inputIsReadAsItComes(start: UInt32) {
    xen[index: ConsolePageLayout.inputProduced] = start
    xen[index: ConsolePageLayout.inputConsumed] = start
    var typed = Array("some words".utf8)[...]
    xen.peer = { xen in
      xen.put(
        Array(typed.prefix(4)), ConsolePageLayout.input,
        produced: ConsolePageLayout.inputProduced)
      typed = typed.dropFirst(4)
      return true
    }
    var console = makeConsole()
    var read: [UInt8] = []
    while read.count < 10 { read += console.read(atMost: 3, milliseconds: 100) }
    #expect(read == Array("some words".utf8))
    xen.peer = { _ in false }
    #expect(console.read(atMost: 3, milliseconds: 100).isEmpty)
    xen[index: ConsolePageLayout.inputProduced] &+= 2000
    #expect(console.read(atMost: 3, milliseconds: 100).isEmpty)
    #expect(console.failure != nil)
  }

  @Test func bytesAreReadOneAtATimeWithoutANotificationForEach() {
    xen.type([UInt8](repeating: 7, count: 1024))
    var console = makeConsole()
    #expect(console.readByte(milliseconds: 10) == 7)
    #expect(xen.notifications == 1, "the ring was full: the daemon may wait for room")
    #expect(console.takeInput(atMost: 1000).count == 1000)
    #expect(xen.notifications == 1)
    while console.readByte(milliseconds: 0) != nil {}
    #expect(xen.notifications == 2, "the ring is empty")
    #expect(console.takeInput(atMost: 10).isEmpty)
    #expect(xen.notifications == 2)
  }

  @Test func lineFeedsGetCarriageReturnsWhereAskedFor() {
    var console = makeConsole()
    console.print("one\n")
    console.addsCarriageReturns = true
    console.print("two\n\nthree\n")
    console.print("")
    console.print("four")
    #expect(
      String(decoding: xen.output(), as: UTF8.self) == "one\ntwo\r\n\r\nthree\r\nfour")
    #expect(xen.notifications == 3, "one for each write that wrote")
  }

  private func makeConsole() -> ConsoleFrontend<FakeXen> { xen.makeConsole() }
}
