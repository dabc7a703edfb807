// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import HostSystem
import SystemPackage
import XenLab

/// What a user waits for.
enum CommandFigures {
  private static let runs = 15

  static func measure(_ products: Products) throws -> [Figure] {
    let ready = try (0..<runs).map { _ in
      var host: BenchHost?
      let time = try seconds { host = try BenchHost(products) }
      host?.lab.stop()
      return time
    }
    let whole = try (0..<runs).map { _ in
      try seconds {
        var child = try ChildProcess(
          FilePath(products.pvh), ["run", products.example("hello"), "--on", "lab"],
          descriptors: .init())
        let status = child.wait()
        guard status == 0 else { throw BenchError.guestFailed("pvh run exited with \(status)") }
      }
    }
    return [
      Figure(
        name: "lab: restore → agent ready", value: ready.median, unit: "s", goal: .atMost(0.5),
        runs: runs),
      Figure(
        name: "pvh run hello, whole command", value: whole.median, unit: "s", goal: .atMost(3),
        runs: runs),
    ]
  }
}
