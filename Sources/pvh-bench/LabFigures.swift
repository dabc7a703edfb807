// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import SystemPackage
import XenLab

/// What a guest costs once a lab is there: measured inside one Xen, in turns with its peer.
enum LabFigures {
  private static let runs = 15

  static func measure(_ subject: Subject) throws -> [Figure] {
    let host = try BenchHost(subject)
    defer { host.lab.stop() }
    let hello = try Subject.bytes(subject.image)
    let peer = try Subject.bytes(subject.bare)
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
        goal: 1),
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
        name: "  ratio", value: shutdown.median / peerShutdown.median, unit: "", goal: 1.2,
        runs: runs),
    ]
  }
}

/// A lab with an agent to measure in.
struct BenchHost {
  let lab: LabHost
  let client: AgentClient

  init(_ subject: Subject, tracing: InstructionTrace? = nil) throws {
    let template = try Template.find(
      in: .standard, xen: .debian12, xenstore: .fromEnvironment(),
      agentProtocol: ProtocolVersion.current.rawValue)
    lab = try LabHost(restoring: template, agent: FilePath(subject.agent), tracing: tracing)
    client = AgentClient(incoming: lab.channel.rawValue, outgoing: lab.channel.rawValue)
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
}

/// Why there is no figure.
enum BenchError: Error {
  /// A guest that should have worked did not.
  case guestFailed(String)
  /// The trace does not contain what a boot must contain.
  case badTrace(String)
}
