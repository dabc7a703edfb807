// SPDX-License-Identifier: Apache-2.0

import PVHImage
import XenLab

extension PlainRun {
  /// What pvh exits with after this end; says on standard error what was seen.
  func status(of ending: PlainPC.Ending, entryRan: Bool) throws(Problem) -> ExitStatus {
    let seen = words(entryRan)
    switch ending {
    case .poweredOff: Terminal.complain("pvh: \(seen), and the guest switched the PC off")
    case .halted:
      Terminal.complain("pvh: \(seen), and the guest halted the processor for good")
    case .reset:
      throw Problem(
        "\(seen), and the guest reset the PC, which is the end of pvh run", status: .rebootWanted)
    case .tripleFault(let registers):
      throw Problem(
        "the guest crashed: \(seen), and it faulted where it handles no faults; above are the "
          + "registers", status: .crashed, details: registers)
    }
    return ExitStatus(rawValue: 0)
  }

  /// The end of a check that succeeded, for a guest that can do no more.
  func reportMissingXen() -> ExitStatus {
    Terminal.complain(
      "pvh: the image boots: \(words(true)), and the guest says that it needs Xen; to run it: --on lab"
    )
    return ExitStatus(rawValue: 0)
  }

  /// What is known of a guest whose time is up.
  func timedOut(_ machine: PlainPC) -> Problem {
    // Without an answer there is just less to tell.
    let registers = (try? machine.registers()) ?? ""
    let pointer = registers.split(whereSeparator: \.isWhitespace)
      .first { $0.hasPrefix("RIP=") || $0.hasPrefix("EIP=") }
    return Problem(
      "the time limit came before the guest's end: \(words(machine.entryRan))"
        + (pointer.map { ", and the processor is at \($0)" } ?? ""), status: .timedOut)
  }

  private func words(_ entryRan: Bool) -> String {
    guard entryRan else { return "its entry at \(entry) was never reached" }
    return loadsEntry
      ? "its entry at \(entry) ran"
      : "the processor got to its entry at \(entry), where no byte of the image is loaded"
  }
}
