// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import AttendedRuns
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

/// How fast the console is, and how often xenconsoled has to be woken for it.
enum ConsoleFigures {
  private static let runs = 5

  /// What xenconsoled lets a domain have: 30 notifications in 200 ms, each for at most a full ring.
  /// Source: Xen, tools/console/daemon/io.c, `RATE_LIMIT_ALLOWANCE` and `RATE_LIMIT_PERIOD`.
  private static let ceiling = 30.0 * 2 / 0.2

  static func measure(_ products: Products) throws -> [Figure] {
    let host = try BenchHost(products)
    defer { host.lab.stop() }
    let run = try host.start(products.guest("bench"), untilItPrints: "ready\n")
    var figures: [Figure] = []
    for (word, name) in [("print", "pieces of 4 KiB"), ("print-lines", "lines of 64 bytes")] {
      let samples = try (0..<runs).map { _ in try sample(run, word) }
      let speed = samples.map(\.speed).median
      figures += [
        Figure(name: "console: \(name)", value: speed, unit: "KiB/s", runs: runs),
        Figure(
          name: "  of what xenconsoled allows (300 KiB/s)", value: speed / ceiling, unit: "",
          runs: runs),
        Figure(
          name: "  notifications that dom0 took", value: samples.map(\.notifications).median,
          unit: "/KiB", goal: .atMost(0.6), runs: runs),
      ]
    }
    try run.type("end\n")
    _ = try run.finish()
    return figures
  }

  /// Has the guest print a known amount, and compares each byte of it.
  private static func sample(
    _ run: AttendedRun, _ word: String
  ) throws -> (speed: Double, notifications: Double) {
    let before = try interrupts(run)
    let start = run.console.count
    let size = 256 << 10
    try run.type(word + "\n")
    // The pattern has no such word; with bytes missing it comes all the same.
    guard let end = try run.wait(for: "took ", from: start) else {
      throw BenchError.guestFailed("it ended while it printed")
    }
    let printed = run.console[start..<(end - 5)]
    guard printed.elementsEqual(pattern(size)) else {
      throw BenchError.guestFailed(
        "\(printed.count) bytes came of \(size), or others; is the machine busy?")
    }
    let answer = try run.numbers(after: end)
    guard answer.count == 2, answer[0] == size, answer[1] > 0 else {
      throw BenchError.guestFailed("\(answer)")
    }
    let kibibytes = Double(size) / 1024
    return (
      kibibytes * 1e9 / Double(answer[1]),
      (Double(try interrupts(run)) - Double(before)) / kibibytes
    )
  }

  /// What the bench guest prints: lines of 64 bytes, each moved by one character.
  private static func pattern(_ size: Int) -> [UInt8] {
    (0..<size).map { offset in
      let (line, column) = offset.quotientAndRemainder(dividingBy: 64)
      return column == 63 ? 10 : UInt8(32 + (line + offset) % 95)
    }
  }

  /// How often dom0's kernel has told xenconsoled of an event.
  private static func interrupts(_ run: AttendedRun) throws -> Int {
    // A line: "  57:   1234   xen-dyn-lateeoi   evtchn:xenconsoled", a column for each processor.
    let lines = try run.output(of: "cat", "/proc/interrupts").split(separator: "\n")
      .filter { $0.hasSuffix("evtchn:xenconsoled") }
    guard !lines.isEmpty else { throw BenchError.commandFailed("no event of xenconsoled's") }
    return lines.flatMap { $0.split(separator: " ").dropFirst() }.compactMap { Int($0) }
      .reduce(0, +)
  }
}
