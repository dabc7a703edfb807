// SPDX-License-Identifier: Apache-2.0

import AgentGDBServer
import Testing
import XenDomainModel

/// A conversation with gdb about a guest.
@Suite struct GDBSessionTests {
  @Test func packetsMayComeInPiecesAndDamaged() throws {
    var session = GDBSession(FakeMachine())
    for byte in FakeDebugger.packet("qC") { try session.take([byte]) }
    #expect(String(decoding: session.takeOutput(), as: UTF8.self) == "+$QC1#c5")
    try session.take(Array("$qC#00".utf8))
    #expect(String(decoding: session.takeOutput(), as: UTF8.self) == "-")
    try session.take(Array("+++#$".utf8) + [UInt8](repeating: 0x61, count: 20_000))
    #expect(session.takeOutput() == [UInt8(ascii: "-")])
  }

  @Test(arguments: [
    "m", "m1", "mx,y", "M1,2:0", "Mffffffffffffffff,1", "P", "Pff=00", "p400", "G0", "Z0",
    "Z0,x,1", "vCont;", "qXfer:features:read:target.xml:", "vCont;x",
  ])
  func nonsenseIsAnError(command: String) throws {
    var debugger = try FakeDebugger()
    #expect(["E01", ""].contains(try debugger.ask(command)))
  }

  @Test func registersAreReadAndChanged() throws {
    var debugger = try FakeDebugger()
    debugger.machine.state.general[0] = 0x1122
    debugger.machine.state.instruction = 0x1000
    #expect(try debugger.ask("p0") == "2211000000000000")
    #expect(try debugger.ask("p10") == "0010000000000000")
    let all = try debugger.ask("g")
    #expect(all.count == 2 * 536)
    #expect(all.hasPrefix("2211000000000000"))
    #expect(try debugger.ask("P11=46000000") == "OK")
    #expect(debugger.machine.state.flags == 0x46)
    #expect(try debugger.ask("G" + all) == "OK")
    #expect(debugger.machine.state.flags == 2)
  }

  @Test func theDescriptionComesInPieces() throws {
    var debugger = try FakeDebugger()
    var text = ""
    while true {
      let start = String(text.count, radix: 16)
      let piece = try debugger.ask("qXfer:features:read:target.xml:\(start),100")
      text += piece.dropFirst()
      if piece.hasPrefix("l") { break }
    }
    #expect(text.contains("<reg name=\"rip\" bitsize=\"64\" type=\"code_ptr\"/>"))
    #expect(text.hasSuffix("</target>"))
  }

  @Test func memoryEndsWhereNothingIsMapped() throws {
    var debugger = try FakeDebugger()
    debugger.machine.enterLongMode()
    #expect(try debugger.ask("m8ffe,4") == "9090")
    #expect(try debugger.ask("m9000,1") == "E0e")
    #expect(try debugger.ask("m10,1") == "E0e")
    #expect(try debugger.ask("M6fff,2:abcd") == "OK")
    #expect(try debugger.ask("m6fff,2") == "abcd")
    #expect(try debugger.ask("M8fff,2:abcd") == "E0e")
    #expect(try debugger.ask("mffffffffffffffff,2") == "E0e")
  }

  @Test func aDebuggerMayEndTheGuest() throws {
    var debugger = try FakeDebugger()
    _ = try debugger.ask("vKill;1")
    #expect(debugger.session.wantsEnd)
    try debugger.session.take([])
    #expect(debugger.machine.isPaused)
  }

  @Test(arguments: [(0, "W00"), (42, "W2a"), (nil, "X06")])
  func theEndOfTheGuestIsSaid(status: Int?, report: String) throws {
    var debugger = try FakeDebugger()
    #expect(try debugger.ask("c") == "")
    debugger.session.end(status: status)
    #expect(debugger.answer() == report)
    #expect(try debugger.ask("g") == "E01")
  }
}
