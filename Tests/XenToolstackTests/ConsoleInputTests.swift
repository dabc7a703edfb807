// SPDX-License-Identifier: Apache-2.0

import HostSystem
import Testing
import XenToolstack

@Suite struct ConsoleInputs {
  private let capacity = DomainRun<FakeMachine>.inputCapacity

  @Test func reachesTheTerminalAndIsAcknowledged() throws {
    let stage = try Rehearsal()
    #expect(stage.run.enqueue(input: Array("yes\n".utf8)))
    #expect(stage.run.interests(outputRoom: 0).first?.writing == true)
    try stage.advance()
    #expect(stage.typed() == Array("yes\n".utf8))
    #expect(stage.run.takeAcceptedInput() == 4)
    #expect(stage.run.takeAcceptedInput() == 0)
    #expect(stage.run.interests(outputRoom: 0).isEmpty)
  }

  @Test func waitsForADaemonThatDoesNotRead() throws {
    let stage = try Rehearsal()
    let bytes = (0..<capacity).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var seen: [UInt8] = []
    var accepted = 0
    #expect(stage.run.enqueue(input: bytes))
    for _ in 0..<1000 where seen.count < bytes.count {
      try stage.advance()
      accepted += stage.run.takeAcceptedInput()
      seen += stage.typed()
    }
    #expect(seen == bytes)
    #expect(accepted == bytes.count)
  }

  @Test func refusesMoreThanItHasRoomFor() throws {
    let stage = try Rehearsal()
    #expect(stage.run.enqueue(input: [UInt8](repeating: 1, count: capacity)))
    #expect(!stage.run.enqueue(input: [1]))
  }
}
