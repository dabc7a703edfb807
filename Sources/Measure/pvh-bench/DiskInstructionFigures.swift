// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import AttendedRuns
import XenDomainModel
import XenLab

/// What a request of a disk costs a guest: its own instructions and hypercalls, counted by the emulator. A run with more
/// requests than another one has what these cost.
enum DiskInstructionFigures {
  private static let (few, many) = (128, 640)

  static func measure(_ products: Products) throws -> [Figure] {
    let symbols = try products.symbols("disk-bench")
    let hypercall = try symbols.address("xen_hypercall")
    let image = products.guest("disk-bench")
    let extent = try InstructionFigures.extent(of: image)
    return try ["read", "write"].flatMap { operation in
      let counts = try [few, many].map { requests in
        try counters(products, image, extent.addresses, "\(operation)=4096,32,\(requests)")
      }
      let requests = Double(many - few)
      func cost(_ count: ([UInt64]) -> Int) -> Double {
        Double(count(counts[1]) - count(counts[0])) / requests
      }
      return [
        Figure(
          name: "disk: instructions of a 4 KiB \(operation), 32 at a time", value: cost(\.count),
          unit: ""),
        Figure(
          name: "  hypercalls", value: cost { $0.count { $0 == hypercall } }, unit: ""),
      ]
    }
  }

  /// The instructions of a whole run in a lab of its own.
  private static func counters(
    _ products: Products, _ image: String, _ addresses: Range<UInt64>, _ word: String
  ) throws -> [UInt64] {
    let trace = try InstructionTrace(addresses: addresses)
    let host = try BenchHost(products, tracing: trace)
    defer { host.lab.stop() }
    let disk = "/root/disk.img"
    let made = try host.client.execute(["dd", "if=/dev/zero", "of=\(disk)", "bs=1M", "count=8"])
    guard made.ending == .exited(0) else { throw BenchError.commandFailed("dd") }
    var domain = DomainConfiguration(name: "bench", commandLine: word, memoryKiB: 16 << 10)
    domain.disks = [DomainDisk(path: disk, name: .first)]
    let run = AttendedRun(host.client)
    try run.start(
      RunRequest(domain, timeLimitMilliseconds: 600_000), kernel: try Products.bytes(image))
    guard try run.finish().outcome == .exited(0),
      String(decoding: run.console, as: UTF8.self).contains("errors 0\n")
    else { throw BenchError.guestFailed(word) }
    return trace.programCounters()
  }
}
