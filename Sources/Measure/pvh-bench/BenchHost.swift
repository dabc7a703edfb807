// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import AttendedRuns
import SystemPackage
import XenDomainModel
import XenLab

/// A lab with an agent to measure in.
struct BenchHost {
  let lab: LabHost
  let client: AgentClient

  /// Restores a lab; `agent` is the program to use, if it is not pvh's own.
  init(_ products: Products, agent: String? = nil, tracing: InstructionTrace? = nil) throws {
    let template = try Template.find(
      in: .standard, xen: .fromEnvironment(), xenstore: .fromEnvironment())
    lab = try LabHost(
      restoring: template, agent: FilePath(agent ?? products.agent), tracing: tracing)
    client = AgentClient(incoming: lab.channel, outgoing: lab.channel)
    _ = try client.greet(timeoutMilliseconds: 120_000)
  }

  /// Runs a guest to its end, which must be a good one.
  func timings(of image: [UInt8], memoryKiB: Int) throws -> RunTimings {
    var timings = RunTimings()
    let request = RunRequest(
      name: "bench", memoryKiB: memoryKiB, timeLimitMilliseconds: 60_000, preciseTimings: true)
    let result = try client.run(request, kernel: image) { event in
      if case .timings(let seen) = event { timings = seen }
    }
    guard result.outcome == .exited(0) else { throw BenchError.guestFailed("\(result.outcome)") }
    return timings
  }

  /// Starts a guest and waits until it has printed `ready`.
  func start(_ image: String, untilItPrints ready: String) throws -> AttendedRun {
    let run = AttendedRun(client)
    let request = RunRequest(name: "bench", memoryKiB: 8192, timeLimitMilliseconds: 600_000)
    try run.start(request, kernel: try Products.bytes(image))
    guard try run.wait(for: ready) != nil else {
      throw BenchError.guestFailed("it ended before it printed \(ready)")
    }
    // What two processors of an emulated host take to wake each other depends on what else this
    // machine does; on one, the figures are of the guest's and dom0's own work.
    _ = try run.output(of: "xl", "vcpu-pin", "Domain-0", "all", "0")
    _ = try run.output(of: "xl", "vcpu-pin", request.name, "all", "0")
    return run
  }
}

extension AttendedRun {
  /// What a program in dom0 prints; it must succeed.
  func output(of arguments: String...) throws -> String {
    let output = try execute(arguments)
    guard output.ending == .exited(0) else {
      throw BenchError.commandFailed("\(arguments): \(output.ending)")
    }
    return String(decoding: output.standardOutput, as: UTF8.self)
  }

  /// Types a word to the bench guest, whose next line answers it with numbers.
  func ask(_ word: String) throws -> [Int] {
    let start = console.count
    try type(word + "\n")
    return try numbers(after: start)
  }

  /// The numbers in the first line after so many bytes of the console.
  func numbers(after start: Int) throws -> [Int] {
    guard let end = try wait(for: "\n", from: start) else {
      throw BenchError.guestFailed("it ended without an answer")
    }
    let line = String(decoding: console[start..<end], as: UTF8.self)
    return line.split { !$0.isNumber }.compactMap { Int($0) }
  }
}

/// Notes when two texts appear on a lab's serial port, one behind the other; as exactly as it is
/// called.
struct SerialClock {
  private let lab: LabHost
  private let first: String
  private let second: String
  private let clock = ContinuousClock()
  private var seenSize = 0
  private var start: ContinuousClock.Instant?
  private var end: ContinuousClock.Instant?

  /// Begins with an empty log.
  init(_ lab: LabHost, from first: String, to second: String) {
    self.lab = lab
    self.first = first
    self.second = second
    lab.trimSerialLog(limit: 0)
  }

  /// Looks at the log.
  mutating func look() {
    let size = lab.serialLogSize
    guard size != seenSize, end == nil else { return }
    let now = clock.now
    seenSize = size
    let log = lab.serialLog()
    guard let place = log.firstRange(of: first) else { return }
    if start == nil { start = now }
    if log[place.upperBound...].contains(second) { end = now }
  }

  /// Seconds between the two; nil if they were not both seen.
  var seconds: Double? {
    guard let start, let end else { return nil }
    let time = start.duration(to: end).components
    return Double(time.seconds) + Double(time.attoseconds) * 1e-18
  }
}
