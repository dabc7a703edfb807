// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainModel

extension GuestRun {
  /// What pvh exits with after this outcome; says on standard error what the guest did not say.
  func status(of outcome: Outcome) throws(Problem) -> ExitStatus {
    switch outcome {
    case .exited(let status):
      let reported = min(status, ExitStatus.largestOfGuest)
      if reported != status {
        Terminal.complain(
          "pvh: the guest exited with \(status); statuses above \(reported) are pvh's own")
      }
      return ExitStatus(rawValue: Int32(reported))
    case .malformedExitStatus(let seen):
      throw Problem(
        "the guest wrote \"\(seen)\" to data/exit-status; it should be a number from 0 to 255")
    case .crashed:
      throw Problem("the guest crashed", status: .crashed, details: lastWords)
    case .timedOut:
      throw Problem("the time limit came before the guest's end", status: .timedOut)
    case .rebootRequested:
      throw Problem(
        "the guest requested a reboot; only pvh run --detach restarts guests",
        status: .rebootWanted)
    case .otherShutdown(let reason):
      throw Problem("the guest shut down with Xen's reason \(reason)")
    case .stopped:
      throw Problem("the guest was stopped")
    case .destroyedFromOutside:
      throw Problem("someone else destroyed the domain \(name)")
    }
  }

  /// Says where the time went, and whether output went missing.
  func report(_ result: RunResult) {
    if let produced = result.producedByteCount, produced != result.deliveredByteCount {
      Terminal.complain(
        "pvh: the guest printed \(produced) bytes, of which \(result.deliveredByteCount) arrived")
    }
    guard let timings else { return }
    let parts = [
      ("create", timings.create), ("attach", timings.attach),
      ("unpause to first byte", timings.unpauseToFirstByte),
      ("unpause to shutdown", timings.unpauseToShutdown), ("drain", timings.drain),
      ("destroy", timings.destroy),
    ]
    explain(
      parts.compactMap { part in part.1.map { "\(part.0) \(Self.milliseconds($0))" } }
        .joined(separator: ", "))
  }

  /// Says something that was only asked for with `--verbose`.
  func explain(_ text: String) {
    if verbose { Terminal.complain("pvh: \(text)") }
  }

  /// What Xen's log says about a guest that left no report on its own console.
  private var lastWords: [String] {
    guard !sawReport.found, let domainID else { return [] }
    return agent.xenLog?.lines(about: domainID) ?? []
  }

  private static func milliseconds(_ microseconds: Int) -> String {
    "\(microseconds / 1000).\(microseconds / 100 % 10) ms"
  }
}
