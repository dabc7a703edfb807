// SPDX-License-Identifier: Apache-2.0

import XenLab

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
