// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc

/// The command line: makes PVH images, runs them as Xen domains.
@main
struct PVH: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pvh",
    abstract: "Makes small PVH guests in Swift and runs them under real Xen.",
    discussion: """
      A first guest, from nothing to its greeting:
        pvh new hello && cd hello && pvh run

      Exit statuses of pvh run:
        0-123   the guest's own
        124     the time limit ended the guest
        125     pvh, the lab or the toolstack failed
        126     the image cannot boot
        130     interrupted (Ctrl-C); the domain was destroyed
        134     the guest crashed
        64      the command line is wrong
      """,
    subcommands: [
      NewCommand.self, BuildCommand.self, RunCommand.self, InspectCommand.self, CheckCommand.self,
      NoteCommand.self, ExplainCommand.self, ExportCommand.self,
      StartInfoCommand.self, LabCommand.self, DoctorCommand.self,
    ])

  static func main() {
    // A reader that goes away (pvh run | head) is an error of a write, not a death.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let problem as Problem {
      problem.report()
      Glibc.exit(problem.status.rawValue)
    } catch {
      exit(withError: error)
    }
  }
}
