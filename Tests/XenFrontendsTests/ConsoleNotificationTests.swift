// SPDX-License-Identifier: Apache-2.0

import Testing
import XenABI
import XenFrontends

/// How often the daemon is told: it stops listening to a domain that notifies too often.
@Suite struct ConsoleNotifications {
  let xen = FakeXen()

  @Test(arguments: [2048, 1500, 1025, 700, 100])
  func aLongWriteTellsAtMostOnceForARingFull(pace: Int) {
    xen.peer = { xen in !xen.output(limit: pace).isEmpty }
    var console = xen.makeConsole()
    console.print(String(repeating: "x", count: 100 << 10))
    #expect(console.droppedBytes == 0)
    #expect(xen.notifications <= 100 / 2 + 1)
  }

  @Test func manySmallWritesTellAnAttendedConsolesDaemonOncePerTurn() {
    var received: [UInt8] = []
    xen.peer = { xen in
      received += xen.output()
      return true
    }
    var console = xen.makeConsole()
    console.isAttended = true
    let line = String(repeating: "x", count: 63) + "\n"
    let lines = 16_384
    for _ in 0..<lines { console.print(line) }
    console.drain()
    #expect(received.count == lines * 64)
    let perKiB = Double(xen.notifications) / Double(lines * 64 / 1024)
    print("console: \(perKiB) notifications per KiB in lines of 64 bytes")
    #expect(perKiB <= 0.6)
  }

  @Test func aDaemonThatWorksBesideTheGuestIsToldOncePerTurn() {
    // It wakes every 30 lines, takes what is there and notifies the guest.
    var console = xen.makeConsole()
    console.isAttended = true
    var received = 0
    for number in 0..<3000 {
      console.print(String(repeating: "y", count: 49) + "\n")
      if number % 30 == 29 {
        received += xen.output().count
        console.attend()
      }
    }
    #expect(received == 150_000)
    #expect(xen.notifications <= 101)
    #expect(xen.sleeps == 0)
  }

  @Test func outputThatCameAfterTheDaemonsLookIsNotForgotten() {
    var console = xen.makeConsole()
    console.isAttended = true
    console.print("first")
    #expect(xen.notifications == 1)
    console.print("second")
    #expect(xen.notifications == 1, "the daemon has not come yet, and will see both")
    // The daemon has read the first only, and notifies.
    #expect(xen.output(limit: 5).count == 5)
    console.attend()
    #expect(xen.notifications == 2)
    console.attend()
    #expect(xen.notifications == 2)
    #expect(xen.output().count == 6)
    console.attend()
    #expect(xen.notifications == 2)
  }

  @Test func theEndIsToldThoughTheDaemonIsBehind() {
    var console = xen.makeConsole()
    console.isAttended = true
    console.print("first")
    console.print("last")
    xen.peer = { xen in !xen.output().isEmpty }
    console.drain()
    #expect(xen.notifications == 2)
    #expect(xen.output().isEmpty)
  }

  @Test func attendingAnnouncesALossThoughNothingMoreIsPrinted() {
    var console = xen.makeConsole()
    console.isAttended = true
    console.print(String(repeating: "x", count: 2100))
    #expect(console.droppedBytes == 52)
    console.attend()
    #expect(xen.output().count == 2048)
    let before = xen.notifications
    console.attend()
    #expect(
      String(decoding: xen.output(), as: UTF8.self) == "\n[console: 52 bytes dropped]\n")
    #expect(xen.notifications == before + 1)
  }

  @Test func aDaemonThatTricklesHoldsAWriteNoLongerThanAStalledOne() {
    xen.peer = { xen in
      _ = xen.output(limit: 1)
      return false
    }
    var console = xen.makeConsole()
    let begin = xen.now().rawValue
    console.print(String(repeating: "x", count: 100_000))
    let milliseconds = (xen.now().rawValue - begin) / 1_000_000
    #expect(milliseconds <= ConsoleFrontend<FakeXen>.patience)
    #expect(console.droppedBytes > 97_000)
  }

  @Test func aPromptIsToldOfWhileTheGuestWaitsForTheAnswer() {
    var console = xen.makeConsole()
    console.isAttended = true
    console.print("busy")
    console.print("name? ")
    #expect(xen.notifications == 1)
    var seen: [UInt8] = []
    xen.peer = { xen in
      // It took the first text before the second was there, and looks again only when told.
      seen += xen.output(limit: xen.notifications == 1 ? 4 : .max)
      if seen.count == 10 { xen.type(Array("me\n".utf8)) }
      return true
    }
    #expect(console.read(atMost: 10, milliseconds: 5000) == Array("me\n".utf8))
    #expect(xen.notifications >= 2)
  }
}
