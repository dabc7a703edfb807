// SPDX-License-Identifier: Apache-2.0

import Testing
import XenABI
import XenFrontends

/// A xenconsoled that is unlucky or wicked: every call ends, nothing traps, the frontend says so.
@Suite struct HostileConsoled {
  @Test(arguments: HostileCase.ofConsoled)
  func everyCallEndsAndTheApplicationSeesTheState(hostile: HostileCase<FakeXen>) {
    let xen = FakeXen()
    var console = xen.makeConsole()
    let begin = xen.now().rawValue
    hostile.script(xen)
    let printed = workOut(&console)
    let seconds = (xen.now().rawValue - begin) / 1_000_000_000
    #expect(seconds <= 120, "the waits of so many calls are bounded")
    #expect(xen.sleeps < 100_000)
    #expect(console.droppedBytes <= printed)

    // Now the daemon behaves.
    (xen.peer, xen.meddle) = ({ !$0.output().isEmpty }, { _ in })
    xen.refusesNotifications = false
    repair(xen)
    switch hostile.end {
    case .recovers:
      #expect(console.failure == nil)
      console.drain()
      _ = xen.output()
      console.print("fine\n")
      console.drain()
      #expect(console.failure == nil)
    case .fails:
      let (failure, dropped) = (console.failure, console.droppedBytes)
      #expect(failure != nil)
      console.print("lost")
      #expect(console.droppedBytes == dropped + 4)
      #expect(console.takeInput(atMost: 10).isEmpty)
      #expect(console.failure == failure)
    case .ends: break
    }
  }

  /// Uses all that a console has; returns how many bytes were printed.
  private func workOut(_ console: inout ConsoleFrontend<FakeXen>) -> UInt64 {
    console.print("hello\n")
    _ = console.takeInput(atMost: 7)
    console.print(String(repeating: "x", count: 5000))
    console.isAttended = true
    for _ in 0..<10 {
      console.print("line\n")
      console.attend()
    }
    _ = console.readByte(milliseconds: 100)
    var lines = LineAssembler()
    for _ in 0..<10 {
      lines.append(console.read(atMost: 1024, milliseconds: 100))
      while lines.takeLine() != nil {}
    }
    console.addsCarriageReturns = true
    console.print("one\ntwo\n")
    console.drain()
    return 6 + 5000 + 50 + 10
  }

  /// The daemon makes the most of the indices: it has read and written nothing more.
  private func repair(_ xen: FakeXen) {
    xen[index: ConsolePageLayout.outputConsumed] = xen[index: ConsolePageLayout.outputProduced]
    xen[index: ConsolePageLayout.inputProduced] = xen[index: ConsolePageLayout.inputConsumed]
  }
}
