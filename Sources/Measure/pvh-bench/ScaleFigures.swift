// SPDX-License-Identifier: Apache-2.0

import XenLab

/// Creations per second by one caller and by several at once, whole commands, in turns with xl.
enum RateFigures {
  private static let runs = 3
  /// Callers, and how many domains each of them creates.
  private static let loads = [(callers: 1, each: 6), (2, 3), (8, 2)]

  static func measure(_ products: Products) throws -> [Figure] {
    let host = try ProgramHost(products)
    defer { host.lab.stop() }
    var figures: [Figure] = []
    for (callers, each) in loads {
      var rates: [Toolstack: [Double]] = [:]
      for round in 0...runs {
        for toolstack in [Toolstack.xenguest, .xl] {
          let rate = try rate(host, toolstack, callers: callers, each: each)
          if round > 0 { rates[toolstack, default: []].append(rate) }
        }
      }
      let (ours, theirs) = (rates[.xenguest, default: []], rates[.xl, default: []])
      let who = callers == 1 ? "1 caller" : "\(callers) callers at once"
      figures += [
        Figure(name: "pvh creations, \(who)", value: ours.median, unit: "/s", runs: runs),
        Figure(name: "  xl creations", value: theirs.median, unit: "/s", runs: runs),
        Figure(
          name: "  ratio", value: zip(ours, theirs).map { $0 / $1 }.median, unit: "",
          goal: callers == 8 ? .atLeast(5) : nil, runs: runs),
      ]
    }
    return figures
  }

  private static func rate(
    _ host: ProgramHost, _ toolstack: Toolstack, callers: Int, each: Int
  ) throws -> Double {
    let create = toolstack.create("c$caller-$number")
    let script = """
      for caller in $(seq \(callers)); do
        (for number in $(seq \(each)); do \(create) >/dev/null || echo failed; done) &
      done
      wait
      """
    let time = try seconds {
      let text = try host.run(script)
      guard text.isEmpty else { throw BenchError.commandFailed(text) }
    }
    let names = (1...callers).flatMap { caller in (1...each).map { "c\(caller)-\($0)" } }
    try host.run(toolstack.destroy(names))
    return Double(names.count) / time
  }
}

/// How much longer a creation takes when there are idle domains, in turns with xl.
enum SlopeFigures {
  private static let runs = 10
  private static let step = 50

  static func measure(_ products: Products) throws -> [Figure] {
    let host = try ProgramHost(products)
    defer { host.lab.stop() }
    let toolstacks = [Toolstack.xenguest, .xl]
    var first: [Toolstack: Double] = [:]
    var figures: [Figure] = []
    for count in [0, step, 2 * step] {
      if count > 0 { try host.createIdle((count - step)..<count) }
      let times = try CreationFigures.samples(on: host, of: toolstacks, runs: runs)
      for toolstack in toolstacks {
        let median = times[toolstack, default: []].median
        let name = toolstack == .xl ? "xl create" : "pvh create"
        figures.append(
          Figure(
            name: "\(name) beside \(count) domains", value: median * 1000, unit: "ms", runs: runs))
        guard let start = first[toolstack] else {
          first[toolstack] = median
          continue
        }
        guard count == 2 * step else { continue }
        figures.append(
          Figure(
            name: "  growth by \(count) domains", value: (median / start - 1) * 100, unit: "%",
            goal: toolstack == .xl ? nil : .atMost(2), runs: runs))
      }
    }
    return figures
  }
}

extension ProgramHost {
  /// Creates small domains that do nothing.
  func createIdle(_ numbers: Range<Int>) throws {
    let create = Toolstack.xenguest.create("idle$number", memoryKiB: 256)
    try run(
      """
      for number in $(seq \(numbers.lowerBound) \(numbers.upperBound - 1)); do
        \(create) >/dev/null || exit
      done
      """)
  }
}

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
