// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// How runs begin and end beside each other, and what they leave behind: nothing.
@Suite(.lab, .serialized) struct Processes {
  @Test func twoAtOnceBothWork() throws {
    let commands = try (0..<2).map { _ in
      try PVHCommand("run", Checkout.example("hello"), "--on", "lab")
    }
    for command in commands {
      let result = command.finish()
      #expect(result.text == "hello from domain 1\n")
      #expect(result.status == 0)
    }
  }

  @Test(arguments: [SIGINT: 130, SIGTERM: 143, SIGHUP: 129] as [Int32: Int32])
  func aSignalDestroysTheDomain(signal: Int32, status: Int32) throws {
    let command = try PVHCommand("run", Checkout.guest("spin"), "--on", "lab")
    try #require(command.waitUntilItPrints("spinning"))
    let children = ProcessTable.children(of: command.identifier)
    #expect(!children.isEmpty)
    kill(command.identifier, signal)
    #expect(command.finish().status == status)
    #expect(children.filter(ProcessTable.isRunning).isEmpty)
  }

  @Test func killedWithoutWarningItLeavesNoQEMU() throws {
    let command = try PVHCommand("run", Checkout.guest("spin"), "--on", "lab")
    try #require(command.waitUntilItPrints("spinning"))
    let children = ProcessTable.children(of: command.identifier)
    kill(command.identifier, SIGKILL)
    #expect(command.finish().status == 128 + SIGKILL)
    for _ in 0..<600 where !children.filter(ProcessTable.isRunning).isEmpty { usleep(100_000) }
    #expect(children.filter(ProcessTable.isRunning).isEmpty)
  }
}
