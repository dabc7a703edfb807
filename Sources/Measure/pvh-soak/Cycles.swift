// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import XenDomainModel

/// Create, run to the end, destroy; over and over, in one conversation.
enum Cycles {
  static func perform(_ soak: Soak, _ loader: DomainLoader) throws -> [SoakLine] {
    let request = RunRequest(
      name: "cycle", memoryKiB: 4096, timeLimitMilliseconds: 60_000, loader: loader)
    let agent = try soak.lab.agent()
    defer { agent.close() }
    func run() throws {
      let result = try agent.client.run(request, kernel: soak.hello)
      guard result.outcome == .exited(0) else { throw SoakError.guestFailed("\(result.outcome)") }
    }
    // What stays from the first times on: folders in xenstore, libraries, buffers.
    for _ in 0..<min(20, soak.cycles) { try run() }
    let own = try Own(agent)
    let before = try Census(soak.lab)
    let result = soak.repeatedly("\(loader)") { _ in try run() }
    let lines = before.lines(until: try Census(soak.lab))
    let after = try Own(agent)
    return [
      SoakLine(
        "\(soak.cycles) create-run-destroy, \(loader.rawValue)",
        "\(result.failures) failed, \(result.milliseconds) ms each", isGood: result.failures == 0)
    ] + lines + [
      SoakLine(
        "  files of the agent", "\(own.files) → \(after.files)",
        isGood: own.files == after.files),
      // The allocator's own affair to some extent.
      SoakLine(
        "  memory of the agent, KiB", "\(own.residentKiB) → \(after.residentKiB)",
        isGood: after.residentKiB <= own.residentKiB + 512),
    ]
  }

  /// What an agent holds.
  private struct Own {
    var files: Int
    var residentKiB: Int

    init(_ agent: SoakLab.Agent) throws {
      // The shell's parent is the agent; what the shell opens is not the agent's.
      let text = try agent.run("ls /proc/$PPID/fd | wc -l; grep VmRSS /proc/$PPID/status")
      let numbers = text.split(separator: "\n").map { Int($0.filter(\.isNumber)) ?? -1 }
      (files, residentKiB) = (numbers[0], numbers[1])
    }
  }
}
