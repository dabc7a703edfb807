// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import AttendedRuns
import HostSystem
import SystemPackage
import XenDomainModel
import XenLab

/// What a guest costs once a lab is there: measured inside one Xen, in turns with its peer.
enum BootFigures {
  private static let runs = 15

  static func measure(_ products: Products) throws -> [Figure] {
    let host = try BenchHost(products, agent: products.observingAgent)
    defer { host.lab.stop() }
    let hello = try Products.bytes(products.example("hello"))
    let peer = try Products.bytes(products.bare)
    var firstByte: [Double] = []
    var shutdown: [Double] = []
    var peerFirstByte: [Double] = []
    var peerShutdown: [Double] = []
    // The first round pays for the emulator's translation of code that nobody ran before.
    for round in 0...runs {
      let ours = try host.timings(of: hello, memoryKiB: 4096)
      let theirs = try host.timings(of: peer, memoryKiB: 4096)
      guard round > 0 else { continue }
      // The bare guest may be gone before the first look: its byte came no later than its end.
      firstByte.append(Double(ours.unpauseToFirstOutput ?? 0) / 1000)
      shutdown.append(Double(ours.unpauseToShutdown ?? 0) / 1000)
      let theirFirst = theirs.unpauseToFirstOutput ?? theirs.unpauseToShutdown
      peerFirstByte.append(Double(theirFirst ?? 0) / 1000)
      peerShutdown.append(Double(theirs.unpauseToShutdown ?? 0) / 1000)
    }
    let smallest = (1...8).first { mebibytes in
      (try? host.timings(of: hello, memoryKiB: mebibytes * 1024)) != nil
    }
    return [
      Figure(
        name: "smallest memory= that boots hello", value: Double(smallest ?? 0), unit: "MiB",
        goal: .atMost(1)),
      Figure(
        name: "unpause → first console byte in its ring", value: firstByte.median, unit: "ms",
        runs: runs),
      Figure(
        name: "  the same, bare assembly guest", value: peerFirstByte.median, unit: "ms", runs: runs
      ),
      Figure(name: "unpause → shutdown", value: shutdown.median, unit: "ms", runs: runs),
      Figure(
        name: "  the same, bare assembly guest", value: peerShutdown.median, unit: "ms", runs: runs),
      Figure(
        name: "  ratio", value: shutdown.median / peerShutdown.median, unit: "", goal: .atMost(1.2),
        runs: runs),
    ]
  }
}

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

/// How often a guest wakes up that has nothing to do.
///
/// What counts is the guest's own instructions: each wake-up ends with giving the processor back,
/// by a hypercall or by `hlt`, and the emulator sees both.
enum IdleFigures {
  private static let milliseconds = 10_000

  static func measure(_ products: Products) throws -> [Figure] {
    try measure(products, "idle") + measure(products, "idle-tasks")
  }

  private static func measure(_ products: Products, _ name: String) throws -> [Figure] {
    let symbols = try products.symbols(name)
    let image = products.guest(name)
    let trace = try InstructionTrace(
      addresses: try InstructionFigures.extent(of: image).addresses)
    let host = try BenchHost(products, tracing: trace)
    defer { host.lab.stop() }
    let run = try host.start(image, untilItPrints: "idle\n")
    // The last words are still under way, and the console daemon answers to them.
    _ = try run.output(of: "sleep", "2")
    let before = trace.programCounters().count
    _ = try run.output(of: "sleep", "\(milliseconds / 1000)")
    let idle = trace.programCounters()[before...]
    // The same is counted when there is something to do, or the count would prove nothing.
    _ = try run.output(of: "xenstore-write", "/local/domain/\(run.domainID ?? 0)/data/poke", "1")
    guard try run.wait(for: "poked\n") != nil else { throw BenchError.guestFailed("not poked") }
    let yields = symbols.addresses(named: "xen_hypercall").union(symbols.addresses(named: "hlt"))
    let wakeUps = idle.count { yields.contains($0) }
    guard trace.programCounters()[(before + idle.count)...].contains(where: yields.contains) else {
      throw BenchError.badTrace("the guest's answer to a poke")
    }
    _ = try run.output(of: "xl", "shutdown", "bench")
    guard try run.finish().outcome == .exited(0) else { throw BenchError.guestFailed(name) }
    return [
      Figure(
        name: "\(name) guest: wake-ups", value: Double(wakeUps) * 1000 / Double(milliseconds),
        unit: "/s", goal: .atMost(1)),
      Figure(
        name: "  instructions", value: Double(idle.count) * 1000 / Double(milliseconds),
        unit: "/s"),
    ]
  }
}
