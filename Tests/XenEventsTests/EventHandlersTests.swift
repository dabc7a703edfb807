// SPDX-License-Identifier: Apache-2.0

import Testing
import XenABI
import XenEvents

/// One handler for each port.
@Suite struct HandlersOfEvents {
  @Test func aSecondHandlerIsAnErrorAndTheFirstStays() throws {
    var handlers = EventHandlers()
    var calls: [String] = []
    try handlers.bind({ calls.append("first") }, to: port(9))
    #expect(throws: EventError.handled(port(9))) {
      try handlers.bind({ calls.append("second") }, to: port(9))
    }
    handlers[port(9)]?()
    #expect(calls == ["first"])
  }

  @Test func aPortCanBeHandledAnewAfterItsHandlerWasUnbound() throws {
    var handlers = EventHandlers()
    var calls: [String] = []
    try handlers.bind({ calls.append("first") }, to: port(4095))
    handlers.unbind(port(4095))
    #expect(handlers[port(4095)] == nil)
    try handlers.bind({ calls.append("second") }, to: port(4095))
    handlers[port(4095)]?()
    #expect(calls == ["second"])
  }

  @Test(arguments: [0, 4096, UInt32.max])
  func whatIsNoPortCannotBeHandled(number: UInt32) {
    var handlers = EventHandlers()
    #expect(throws: EventError.notAPort(port(number))) { try handlers.bind({}, to: port(number)) }
    handlers.unbind(port(number))
    #expect(handlers[port(number)] == nil)
  }

  private func port(_ number: UInt32) -> EventChannelPort { EventChannelPort(rawValue: number) }
}
