// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser
import XenDomainModel

/// Odd but legal ways to start a guest.
struct VariationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Start the guest in an odd way that Xen's documents allow: a name, all (each in turn, with a table at \
      the end), or list.
      """, valueName: "name"))
  var launchVariation: VariationChoice?

  /// Refuses what builds no domain by itself.
  func validate(isDetached: Bool, isQEMU: Bool, loader: DomainLoader?) throws {
    guard let launchVariation, launchVariation != .list else { return }
    if isQEMU {
      throw ValidationError("--launch-variation: QEMU without Xen starts guests in its own way")
    }
    if isDetached {
      throw ValidationError("--launch-variation is for a run that ends with the command")
    }
    try Self.check(loader)
  }

  /// Only one loader is ours to vary.
  static func check(_ loader: DomainLoader?) throws {
    if loader == .libxl {
      throw ValidationError(
        "--launch-variation: libxl starts guests in its own way; use --loader xenguest")
    }
  }
}

/// What follows `--launch-variation`.
enum VariationChoice: ExpressibleByArgument, Equatable {
  case all
  case list
  case one(LaunchVariation)

  init?(argument: String) {
    switch argument {
    case "all": self = .all
    case "list": self = .list
    default:
      guard let variation = LaunchVariation(rawValue: argument) else { return nil }
      self = .one(variation)
    }
  }

  static var allValueStrings: [String] {
    ["all", "list"] + LaunchVariation.allCases.map(\.rawValue)
  }

  /// Names, what they mean, and what allows them.
  static var lines: [String] {
    LaunchVariation.allCases.flatMap {
      ["\($0.rawValue): \($0.meaning)", "    \($0.permission)"]
    }
  }
}

/// The same guest under each variation, compared with how it ends without one.
struct VariedRuns {
  /// Milliseconds that a varied run has beside ten times what the usual one took.
  private static let patience = 10_000

  let agent: AgentConnection
  let files: RunFiles
  /// Seconds that each run may take, if the user says so.
  let timeout: Double?

  private struct End {
    let outcome: Outcome
    let output: Int
    let milliseconds: Int
  }

  /// Runs them all and prints a table; 0 if all that took place ended as usual.
  func perform() throws -> ExitStatus {
    let usual = try run(nil, limit: timeout.map { Int($0 * 1000) })
    let limit = timeout.map { Int($0 * 1000) } ?? usual.milliseconds * 10 + Self.patience
    var table = TextTable(["VARIATION", "END", "OUTPUT"])
    table.add(["(usual)", usual.outcome.description, "\(usual.output) bytes"])
    var differing: [String] = []
    for variation in LaunchVariation.allCases {
      if let obstacle = files.obstacle(to: variation) {
        table.add([variation.rawValue, "left out: \(obstacle)", ""])
        continue
      }
      let end = try run(variation, limit: limit)
      if end.outcome != usual.outcome { differing.append(variation.rawValue) }
      table.add([
        variation.rawValue, end.outcome.description,
        "\(end.output) bytes",
      ])
    }
    for line in table.lines(OutputStyle()) { try Terminal.write(line) }
    guard differing.isEmpty else {
      Terminal.complain(
        "pvh: the guest ends otherwise under \(differing.joined(separator: ", ")); to see it: "
          + "--launch-variation \(differing[0])")
      return ExitStatus(rawValue: 1)
    }
    return ExitStatus(rawValue: 0)
  }

  private func run(_ variation: LaunchVariation?, limit: Int?) throws(Problem) -> End {
    var request = files.request()
    request.timeLimitMilliseconds = limit
    request.variation = variation
    var output = 0
    var timings: RunTimings?
    let result = try agent.ask { (client: AgentClient) throws(AgentError) in
      try files.disks.send(to: client)
      return try client.run(request, kernel: files.image, module: files.modules?.bytes) { event in
        switch event {
        case .console(let bytes): output += bytes.count
        case .timings(let seen): timings = seen
        default: break
        }
      }
    }
    return End(
      outcome: result.outcome, output: output,
      milliseconds: (timings?.unpauseToShutdown ?? 0) / 1000)
  }
}
