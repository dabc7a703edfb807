// SPDX-License-Identifier: Apache-2.0

import AgentGDBServer
import Testing
import XenDomainModel

/// How a guest comes to a stop, and that nothing of it stays in its memory.
@Suite struct StopTests {
  @Test func beforeThereIsAnInterruptTableABreakpointIsACircle() throws {
    var debugger = try FakeDebugger()
    let before = debugger.machine.memory
    #expect(try debugger.ask("Z0,5000,1") == "OK")
    #expect(debugger.machine.memory == before)
    #expect(try debugger.ask("vCont;c") == "")
    #expect(Array(debugger.machine.memory[0x5000...0x5001]) == [0xeb, 0xfe])
    #expect(try debugger.look() == "")
    debugger.machine.state.instruction = 0x5000
    #expect(try debugger.look() == "T05thread:1;")
    #expect(debugger.machine.memory == before)
    #expect(debugger.machine.isPaused)
  }

  @Test func laterItIsOneByteAndFoundInTheHandler() throws {
    var debugger = try FakeDebugger()
    debugger.machine.enterLongMode()
    let before = debugger.machine.memory
    debugger.machine.state.general[7] = 0x7777
    _ = try debugger.ask("Z0,5000,1")
    _ = try debugger.ask("c")
    #expect(Array(debugger.machine.memory[0x5000...0x5001]) == [0xcc, 0x90])
    debugger.machine.raise(3, at: 0x5001)
    #expect(try debugger.look() == "T05thread:1;")
    #expect(debugger.machine.state.instruction == 0x5000)
    #expect(debugger.machine.state.stackPointer == 0x7777)
    #expect(debugger.machine.memory[..<0x7000] == before[..<0x7000])
  }

  @Test func aStepEndsInTheDebugHandler() throws {
    var debugger = try FakeDebugger()
    #expect(try debugger.ask("s") == "E02")
    #expect(debugger.machine.resumes == 0)
    debugger.machine.enterLongMode()
    _ = try debugger.ask("vCont;s:1")
    #expect(debugger.machine.state.flags == 0x102)
    debugger.machine.raise(1, at: 0x5002)
    #expect(try debugger.look() == "T05thread:1;")
    #expect(debugger.machine.state.instruction == 0x5002)
    #expect(debugger.machine.state.flags == 2)
  }

  @Test(arguments: [(6, false, "T04"), (14, true, "T0b"), (0, false, "T08")])
  func aFaultIsASignalAndThenTheGuestsOwn(vector: Int, hasCode: Bool, report: String) throws {
    var debugger = try FakeDebugger()
    debugger.machine.enterLongMode()
    _ = try debugger.ask("c")
    debugger.machine.raise(vector, at: 0x5000, hasErrorCode: hasCode)
    #expect(try debugger.look() == report + "thread:1;")
    #expect(debugger.machine.state.instruction == 0x5000)
    _ = try debugger.ask("C0b")
    debugger.machine.raise(vector, at: 0x5000, hasErrorCode: hasCode)
    #expect(try debugger.look() == "")
    #expect(!debugger.machine.isPaused)
  }

  @Test func theHandlersAreFoundBeforeThereIsATableOfThem() throws {
    var debugger = try FakeDebugger()
    debugger.machine.addHandlers()
    _ = try debugger.ask("c")
    // The guest's own code loads the table.
    let running = debugger.machine.memory[0x2000..<0x2100]
    debugger.machine.enterLongMode()
    debugger.machine.memory.replaceSubrange(0x2000..<0x2100, with: running)
    debugger.machine.raise(6, at: 0x5000)
    #expect(try debugger.look() == "T04thread:1;")
    #expect(debugger.machine.state.instruction == 0x5000)
  }

  @Test func anInterruptStopsTheGuestWhereItIs() throws {
    var debugger = try FakeDebugger()
    debugger.machine.enterLongMode()
    let before = debugger.machine.memory
    _ = try debugger.ask("c")
    debugger.machine.state.instruction = 0x5555
    try debugger.session.take([3])
    #expect(debugger.answer() == "T02thread:1;")
    #expect(debugger.machine.state.instruction == 0x5555)
    #expect(debugger.machine.memory == before)
  }

  @Test(arguments: [true, false])
  func aDebuggerThatLeavesLeavesNothingBehind(isRunning: Bool) throws {
    var debugger = try FakeDebugger()
    debugger.machine.enterLongMode()
    let before = debugger.machine.memory
    _ = try debugger.ask("Z0,5000,1")
    if isRunning {
      _ = try debugger.ask("c")
      try debugger.session.take([])
    } else {
      #expect(try debugger.ask("D") == "OK")
    }
    #expect(debugger.machine.memory == before)
    #expect(!debugger.machine.isPaused)
    #expect(!debugger.session.isWaiting)
    // The next one finds it as the first did.
    #expect(try debugger.ask("?").contains("T05thread:1;"))
    #expect(debugger.machine.isPaused)
  }
}
