// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
public import FixtureVerdicts
import HostSystem
import SystemPackage

extension VerdictFormat: ExpressibleByArgument {}

/// What becomes of a fixture's verdict.
struct VerdictOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      In place of the console, print the guest's verdict: tap, junit, github or json. The exit status is \
      then 0 if all passed, 1 if something failed, 77 if nothing was looked at, 99 if the run itself failed.
      """))
  var format: VerdictFormat?

  @Flag(name: .customLong("skip-ok"), help: "With --format: exit with 0 in place of 77.")
  var skipIsFine = false

  func validate() throws {
    if skipIsFine, format == nil { throw ValidationError("--skip-ok requires --format") }
  }

  /// Prints the verdict; what pvh exits with.
  ///
  /// - Throws: The problem that ended the run, if the user did.
  func report(
    _ console: [UInt8], _ outcome: Result<ExitStatus, Problem>, as format: VerdictFormat
  ) throws -> ExitStatus {
    let report = VerdictReport(console: console)
    let end: GuestOutcome =
      switch outcome {
      case .success(let status): .exited(Int(status.rawValue))
      case .failure(let problem): .other(problem.message)
      }
    try Terminal.write(Array(format.text(report, end).utf8))
    if case .failure(let problem) = outcome {
      if problem.status.isInterruption { throw problem }
      problem.report()
    }
    let conclusion = report.conclusion(end).0
    return ExitStatus(
      rawValue: conclusion == .skip && skipIsFine ? 0 : Int32(conclusion.rawValue))
  }
}
