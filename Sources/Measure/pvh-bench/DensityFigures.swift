// SPDX-License-Identifier: Apache-2.0

import XenLab

/// How many guests fit: each toolstack makes its smallest domains, one after the other, until Xen
/// refuses one.
///
/// Filling all of the lab would take an hour, so a domain takes all of its memory but a part first.
enum DensityFigures {
  /// Memory in MiB that is left to fill.
  private static let room = 64

  static func measure(_ products: Products) throws -> [Figure] {
    let host = try ProgramHost(products)
    defer { host.lab.stop() }
    let free = try host.freeMebibytes()
    try host.run(Toolstack.xenguest.create("ballast", memoryKiB: (free - room) << 10))
    let ours = try fill(host, .xenguest, memoryKiB: 256)
    let theirs = try fill(host, .xl, memoryKiB: 1024)
    return [
      Figure(
        name: "guests of 256 KiB that pvh fits into \(room) MiB", value: Double(ours.count),
        unit: ""),
      Figure(
        name: "guests of 1 MiB that xl fits into it", value: Double(theirs.count), unit: ""),
      Figure(
        name: "  ratio", value: Double(ours.count) / Double(theirs.count), unit: "",
        goal: .atLeast(2)),
      Figure(name: "memory of the host per guest, pvh", value: ours.hostKiB, unit: "KiB"),
      Figure(name: "  the same, xl", value: theirs.hostKiB, unit: "KiB"),
      Figure(
        name: "  ratio", value: ours.hostKiB / theirs.hostKiB, unit: "", goal: .atMost(0.25)),
      Figure(name: "memory of dom0 per guest, pvh", value: ours.dom0KiB, unit: "KiB"),
      Figure(name: "  the same, xl", value: theirs.dom0KiB, unit: "KiB"),
    ]
  }

  /// What came of filling the room.
  private struct Filling {
    var count: Int
    /// Memory in KiB that Xen lost, for each domain.
    var hostKiB: Double
    /// Memory in KiB that dom0 lost, for each domain.
    var dom0KiB: Double
  }

  private static func fill(
    _ host: ProgramHost, _ toolstack: Toolstack, memoryKiB: Int
  ) throws -> Filling {
    let create = toolstack.create("d$number", memoryKiB: memoryKiB)
    let before = (host: try host.freeMebibytes(), dom0: try host.availableInDom0())
    let (text, _) = try host.perform(
      """
      number=0
      while \(create) >/dev/null 2>/tmp/refusal; do number=$((number + 1)); done
      echo $number
      """)
    guard let count = Int(text.split(separator: "\n").last ?? ""), count > 0 else {
      throw BenchError.commandFailed("\(toolstack): \(text)")
    }
    let after = (host: try host.freeMebibytes(), dom0: try host.availableInDom0())
    for start in stride(from: 0, to: count, by: 50) {
      let names = (start..<min(start + 50, count)).map { "d\($0)" }
      try host.run(toolstack.destroy(names))
    }
    return Filling(
      count: count, hostKiB: Double((before.host - after.host) << 10) / Double(count),
      dom0KiB: Double(before.dom0 - after.dom0) / Double(count))
  }
}

extension ProgramHost {
  /// Memory in KiB that dom0's kernel could give to programs.
  fileprivate func availableInDom0() throws -> Int {
    let line = try run("grep MemAvailable /proc/meminfo")
    return Int(line.filter(\.isNumber)) ?? 0
  }
}
