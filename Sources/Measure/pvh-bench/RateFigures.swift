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
