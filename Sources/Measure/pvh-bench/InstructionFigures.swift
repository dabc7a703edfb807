// SPDX-License-Identifier: Apache-2.0

import PVHImage
import XenABI
import XenLab

/// Instructions and hypercalls from the entry point on, counted by the emulator.
enum InstructionFigures {
  static func measure(_ products: Products) throws -> [Figure] {
    let image = products.example("hello")
    let symbols = try products.symbols("hello")
    let extent = try Self.extent(of: image)
    let trace = try InstructionTrace(addresses: extent.addresses)
    let host = try BenchHost(products, tracing: trace)
    _ = try host.timings(of: try Products.bytes(image), memoryKiB: 4096)
    host.lab.stop()
    let counters = trace.programCounters()
    let start = try position(of: extent.entry, in: counters[...], "the entry point")
    let firstLine = try position(
      of: symbols.address("5HelloV3run"), in: counters[start...], "the first line")
    // The hypercall that tells dom0 of it is the next one after this.
    let telling = try position(
      of: symbols.address("ConsoleFrontendV4tell"), in: counters[firstLine...], "the first output")
    let hypercall = try symbols.address("xen_hypercall")
    func hypercalls(until end: Int) -> Double {
      Double(counters[start..<end].count { $0 == hypercall })
    }
    return [
      Figure(
        name: "instructions: entry → application", value: Double(firstLine - start), unit: "",
        goal: .atMost(20000)),
      Figure(
        name: "hypercalls: entry → application", value: hypercalls(until: firstLine), unit: ""),
      Figure(
        name: "hypercalls: entry → dom0 told of a console byte",
        value: hypercalls(until: telling) + 1, unit: "",
        goal: .atMost(4)),
    ]
  }

  /// The addresses that an image occupies, and where it begins.
  static func extent(of image: String) throws -> (entry: UInt64, addresses: Range<UInt64>) {
    let image = try PVHImage(contentsOf: image)
    guard let entry = image.entry?.address.rawValue, let extent = image.extent else {
      throw BenchError.badTrace("the PVH entry")
    }
    return (entry, extent.start.rawValue..<extent.end.rawValue)
  }

  private static func position(
    of address: UInt64, in counters: ArraySlice<UInt64>, _ name: String
  ) throws -> Int {
    guard let position = counters.firstIndex(of: address) else { throw BenchError.badTrace(name) }
    return position
  }
}
