// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainModel
import XenLab

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
