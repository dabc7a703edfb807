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
    let children = descendants(of: command.identifier)
    #expect(!children.isEmpty)
    kill(command.identifier, signal)
    #expect(command.finish().status == status)
    #expect(children.filter(isRunning).isEmpty)
  }

  @Test func killedWithoutWarningItLeavesNoQEMU() throws {
    let command = try PVHCommand("run", Checkout.guest("spin"), "--on", "lab")
    try #require(command.waitUntilItPrints("spinning"))
    let children = descendants(of: command.identifier)
    kill(command.identifier, SIGKILL)
    #expect(command.finish().status == 128 + SIGKILL)
    for _ in 0..<20 where !children.filter(isRunning).isEmpty { usleep(100_000) }
    #expect(children.filter(isRunning).isEmpty)
  }

  /// The processes that a process has started.
  private func descendants(of parent: Int32) -> [Int32] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return entries.compactMap { Int32($0) }.filter { status(of: $0)?.parent == parent }
  }

  private func isRunning(_ process: Int32) -> Bool {
    status(of: process).map { $0.state != "Z" } ?? false
  }

  /// State and parent of a process. Source: proc(5), `/proc/PID/stat`.
  private func status(of process: Int32) -> (state: Substring, parent: Int32)? {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let end = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[end...].dropFirst(2).split(separator: " ")
    guard fields.count > 1, let parent = Int32(fields[1]) else { return nil }
    return (fields[0], parent)
  }
}
