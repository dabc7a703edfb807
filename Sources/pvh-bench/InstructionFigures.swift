// SPDX-License-Identifier: Apache-2.0

import PVHImage
import XenABI
import XenLab

/// Instructions and hypercalls from the entry point on, counted by the emulator.
enum InstructionFigures {
  static func measure(_ subject: Subject) throws -> [Figure] {
    let image = try PVHImage(contentsOf: subject.image)
    guard let entry = image.entry?.address.rawValue, let extent = image.extent else {
      throw BenchError.badTrace("the PVH entry")
    }
    let trace = try InstructionTrace(addresses: entry..<extent.end.rawValue)
    let host = try BenchHost(subject, tracing: trace)
    _ = try host.timings(of: Subject.bytes(subject.image), memoryKiB: 4096)
    host.lab.stop()
    let counters = trace.programCounters()
    let start = try position(of: entry, in: counters[...], "the entry point")
    let line = try position(of: subject.firstLine, in: counters[start...], "the first line")
    let end = try position(of: subject.end, in: counters[line...], "the end")
    return [
      Figure(
        name: "instructions: entry → application", value: Double(line - start), unit: "",
        goal: 20000),
      Figure(
        name: "hypercalls: entry → first console byte",
        value: Double(counters[start..<end].count { $0 == subject.hypercall }), unit: "", goal: 4),
    ]
  }

  private static func position(
    of address: UInt64, in counters: ArraySlice<UInt64>, _ name: String
  ) throws -> Int {
    guard let position = counters.firstIndex(of: address) else { throw BenchError.badTrace(name) }
    return position
  }
}
