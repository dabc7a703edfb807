// SPDX-License-Identifier: Apache-2.0

import HostSystem
import Testing
import XenToolstack

@Suite struct ConsoleInputs {
  private let capacity = DomainRun<FakeMachine>.inputCapacity

  @Test func reachesTheTerminalAndIsAcknowledged() throws {
    let fixture = try RunFixture()
    #expect(fixture.run.enqueue(input: Array("yes\n".utf8)))
    #expect(fixture.run.interests(outputRoom: 0).first?.writing == true)
    try fixture.advance()
    #expect(fixture.typed() == Array("yes\n".utf8))
    #expect(fixture.run.takeAcceptedInput() == 4)
    #expect(fixture.run.takeAcceptedInput() == 0)
    #expect(fixture.run.interests(outputRoom: 0).isEmpty)
  }

  @Test func waitsForADaemonThatDoesNotRead() throws {
    let fixture = try RunFixture()
    let bytes = (0..<capacity).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var seen: [UInt8] = []
    var accepted = 0
    #expect(fixture.run.enqueue(input: bytes))
    for _ in 0..<1000 where seen.count < bytes.count {
      try fixture.advance()
      accepted += fixture.run.takeAcceptedInput()
      seen += fixture.typed()
    }
    #expect(seen == bytes)
    #expect(accepted == bytes.count)
  }

  @Test func refusesMoreThanItHasRoomFor() throws {
    let fixture = try RunFixture()
    #expect(fixture.run.enqueue(input: [UInt8](repeating: 1, count: capacity)))
    #expect(!fixture.run.enqueue(input: [1]))
  }
}
