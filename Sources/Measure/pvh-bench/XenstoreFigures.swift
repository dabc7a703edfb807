// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import XenLab

/// Reads of xenstore per second: by the guest, and in turns with it by Xen's own test program in
/// dom0, over libxenstore and a socket.
enum XenstoreFigures {
  private static let runs = 9
  /// Reads of the client in dom0 in one run.
  private static let reads = 1000

  static func measure(_ products: Products) throws -> [Figure] {
    let host = try BenchHost(products)
    defer { host.lab.stop() }
    let run = try host.start(products.guest("bench"), untilItPrints: "ready\n")
    var single: [Double] = []
    var pipelined: [Double] = []
    var peer: [Double] = []
    // The first round pays for the emulator's translation of code that nobody ran before.
    for round in 0...runs {
      let ours = try rate(run.ask("read"))
      let together = try rate(run.ask("read-together"))
      let theirs = try dom0Rate(run)
      guard round > 0 else { continue }
      single.append(ours)
      pipelined.append(together)
      peer.append(theirs)
    }
    try run.type("end\n")
    _ = try run.finish()
    return [
      Figure(
        name: "xenstore: reads in a guest, one at a time", value: single.median, unit: "/s",
        runs: runs),
      Figure(
        name: "  the same, 100 at a time", value: pipelined.median, unit: "/s", runs: runs),
      Figure(
        name: "  ratio, 100 at a time to one",
        value: zip(pipelined, single).map { $0 / $1 }.median, unit: "", goal: .atLeast(5),
        runs: runs),
      Figure(
        name: "  one at a time by test-xenstore in dom0", value: peer.median, unit: "/s", runs: runs
      ),
      Figure(
        name: "  ratio, guest one at a time to dom0",
        value: zip(single, peer).map { $0 / $1 }.median, unit: "", runs: runs),
    ]
  }

  /// Events per second, of a count and its nanoseconds.
  private static func rate(_ answer: [Int]) throws -> Double {
    guard answer.count == 2, answer[1] > 0 else { throw BenchError.guestFailed("\(answer)") }
    return Double(answer[0]) * 1e9 / Double(answer[1])
  }

  /// Xen's own test program times each read: a line "read 1    : avg: 123 ns (100 ns .. 200 ns)".
  private static func dom0Rate(_ run: AttendedRun) throws -> Double {
    let line = try run.output(of: "test-xenstore", "-t", "read 1", "-i", "\(reads)")
    guard let average = line.split(separator: " ").drop(while: { $0 != "avg:" }).dropFirst().first,
      let nanoseconds = Double(average), nanoseconds > 0
    else { throw BenchError.commandFailed("test-xenstore printed \(line)") }
    return 1e9 / nanoseconds
  }
}
