// SPDX-License-Identifier: Apache-2.0

import XenLab

/// Destroying a domain, whole command, until Xen has its pages back; in turns with xl.
enum DestructionFigures {
  private static let runs = 20
  /// Large enough that its pages would be missed among what other things take.
  private static let memoryKiB = 64 << 10

  static func measure(_ products: Products) throws -> [Figure] {
    let host = try ProgramHost(products)
    defer { host.lab.stop() }
    var times: [Toolstack: [Double]] = [:]
    for round in 0...runs {
      for toolstack in [Toolstack.xenguest, .xl] {
        let before = try host.freeMebibytes()
        try host.run(toolstack.create("measured", memoryKiB: memoryKiB))
        let time = try seconds { try host.run(toolstack.destroy(["measured"])) }
        // Some pages are given back a little later, and to Xen's caches.
        let lost = try before - host.freeMebibytes()
        guard lost <= 1 else {
          throw BenchError.commandFailed("\(toolstack) destroys, and \(lost) MiB are not free")
        }
        if round > 0 { times[toolstack, default: []].append(time) }
      }
    }
    let (ours, theirs) = (times[.xenguest, default: []], times[.xl, default: []])
    return [
      Figure(
        name: "pvh destroy → pages free", value: ours.median * 1000, unit: "ms", runs: runs),
      Figure(
        name: "xl destroy → pages free", value: theirs.median * 1000, unit: "ms", runs: runs),
      Figure(
        name: "  ratio", value: zip(ours, theirs).map { $0 / $1 }.median, unit: "",
        goal: .atMost(0.5), runs: runs),
    ]
  }
}

extension ProgramHost {
  /// Memory that Xen has for new domains, as xl says it.
  func freeMebibytes() throws -> Int {
    let line = try run("xl info").split(separator: "\n").first { $0.hasPrefix("free_memory") }
    guard let number = line?.split(separator: " ").last.flatMap({ Int($0) }) else {
      throw BenchError.commandFailed("xl info has no free_memory")
    }
    return number
  }
}
