// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import XenLab

/// What a guest costs once a lab is there: measured inside one Xen, in turns with its peer.
enum BootFigures {
  private static let runs = 15

  static func measure(_ products: Products) throws -> [Figure] {
    let host = try BenchHost(products)
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
