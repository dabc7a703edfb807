// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser
import FixtureVerdicts
import Glibc
import HostSystem
import SystemPackage
import XenDomainModel

/// The suite for xenstored: its guests one after the other, in one control domain.
struct XenstoredSuite {
  /// What breaks the protocol, each in a domain of its own.
  private static let hostileCases = ["FR-11", "FR-12", "FR-13", "FR-14", "FR-24", "WA-26"]
  /// The longest that a guest may take, in seconds: a daemon that is gone must not hold us for ever.
  private static let limit = 400.0
  /// How soon another client has to be served, in milliseconds.
  private static let patience = 1000

  private let image: FilePath
  private let peerScript: String
  private let agent: TargetAgent
  private let loader: DomainLoader
  private let seed: UInt32
  private let connection: AgentConnection

  var xenVersion: String { connection.information.xenVersion }
  var whereabouts: String { connection.whereabouts }

  init(
    _ fixtures: FixtureFolder, _ agent: TargetAgent, loader: DomainLoader, seed: UInt32
  ) throws(Problem) {
    image = try fixtures.image("xs-conformance")
    peerScript = try fixtures.script("xs-peer.sh")
    self.agent = agent
    self.loader = loader
    self.seed = seed
    connection = try agent.connect(loader: loader)
  }

  /// Runs the cases that were asked for, all without `only`.
  ///
  /// - Throws: `Problem` if no guest can be started, or the user ends it.
  func run(only: String?) throws -> (VerdictReport, GuestOutcome) {
    let wanted = only?.split(separator: ",").map(String.init)
    let hostile = Self.hostileCases.filter { id in
      wanted?.contains { id.hasPrefix($0) } ?? true
    }
    // A word that means hostile cases alone is none for the others.
    let ordinary = wanted?.filter { word in !Self.hostileCases.contains(word) }
    var console: [UInt8] = []
    var outcome = GuestOutcome.exited(0)
    // One that does not end would be taken for the next guest's.
    var isCompanionLeft = false
    if ordinary?.isEmpty != true {
      let words = (ordinary?.joined(separator: ",")).map { " only=\($0)" } ?? ""
      let end = try guest("seed=\(seed) peer=1\(words)") { number in
        ["sh", "-c", peerScript, "xs-peer.sh", "\(number)"]
      }
      console += end.console
      outcome = end.outcome
      isCompanionLeft = end.isCompanionLeft
    }
    var unserved: [(id: String, note: String)] = []
    for id in hostile
    where !isCompanionLeft && VerdictReport(console: console).conclusion(outcome).0 != .broken {
      let end = try guest("hostile=1 only=\(id)") { _ in ["sh", "-c", Self.probe] }
      console += end.console
      if case .other = end.outcome { outcome = end.outcome }
      if let note = Self.fault(in: end.companion) { unserved.append((id, note)) }
      isCompanionLeft = end.isCompanionLeft
    }
    var report = VerdictReport(console: console)
    if isCompanionLeft, report.conclusion(outcome).0 != .broken {
      outcome = .other("the program beside a guest does not end: no further guest was started")
    }
    for (id, note) in unserved { report.fail(id, note: note) }
    return (report, outcome)
  }

  // MARK: Is another client served?

  /// Asks xenstored three times while a guest does what it should not, and says how long each took, in
  /// hundredths of a second of Linux's clock.
  private static let probe = """
    sleep 1
    for try in 1 2 3; do
      read start _ </proc/uptime
      xenstore-list / >/dev/null || exit 1
      read end _ </proc/uptime
      echo "$start $end"
    done
    """

  /// What is wrong with the answers; nil if the best came in time.
  static func fault(in output: CommandOutput?) -> String? {
    guard let output, output.ending == .exited(0) else {
      return "another client was not served at all"
    }
    let times = String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n")
      .compactMap { line -> Int? in
        let numbers = line.split(separator: " ").compactMap { Int($0.filter { $0 != "." }) }
        return numbers.count == 2 ? (numbers[1] - numbers[0]) * 10 : nil
      }
    guard let best = times.min() else { return "another client was not served" }
    return best <= patience ? nil : "another client was served after \(best) ms, not \(patience)"
  }

  // MARK: One guest

  /// Runs a guest, and beside it a program in the control domain.
  private func guest(
    _ line: String, beside program: @escaping (Int) -> [String]
  ) throws -> ConformanceGuest.End {
    let options = try DomainOptions.parse(["--cmdline", line, "--memory", "16"])
    var source = try DomainSource(image, options, readBy: agent)
    source.spec.loader = loader
    let files = try RunFiles(source, on: agent.target, force: false)
    let signals = try SignalDescriptor(AttendedTerminal.signals)
    var guest = ConformanceGuest(connection, program)
    return try guest.run(files, timeout: Self.limit, signals: signals)
  }
}
