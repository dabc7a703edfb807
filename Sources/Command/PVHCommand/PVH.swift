// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
package import ArgumentParser
import Glibc
import XenLab

/// The command line: makes PVH images, runs them as Xen domains.
package struct PVH: ParsableCommand {
  package static let configuration = CommandConfiguration(
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
        133     the guest asked for a reboot
        134     the guest crashed
        141     the reader of the output is gone; the domain was destroyed
        64      the command line or the configuration is wrong
      """,
    version: "pvh \(ProductVersion.current) (agent protocol \(ProtocolVersion.current.rawValue), "
      + "Xen \(XenRelease.range))",
    subcommands: [
      NewCommand.self, BuildCommand.self, RunCommand.self, LabCommand.self, DoctorCommand.self,
      ConformanceCommand.self,
    ],
    groupedSubcommands: [
      CommandGroup(
        name: "Domains",
        subcommands: [
          CreateCommand.self, ListCommand.self, ShowCommand.self, StatsCommand.self,
          LogsCommand.self, ConsoleCommand.self, VchanCommand.self, PublishCommand.self,
          WaitCommand.self, PauseCommand.self, UnpauseCommand.self, ShutdownCommand.self,
          RebootCommand.self, DestroyCommand.self, DiskCommand.self,
        ]),
      CommandGroup(
        name: "Images",
        subcommands: [
          InspectCommand.self, CheckCommand.self, NoteCommand.self, ExplainCommand.self,
          ExportCommand.self, StartInfoCommand.self, SymbolizeCommand.self, FixturesCommand.self,
          ZooCommand.self,
        ]),
    ])

  package init() {}

  /// Does what the process's arguments say; ends the process unless all went well.
  package static func main() {
    // A reader that goes away (pvh run | head) is an error of a write, not a death.
    signal(SIGPIPE, SIG_IGN)
    // So is a file that grows beyond `ulimit -f`.
    signal(SIGXFSZ, SIG_IGN)
    StandardStreams.fillGaps()
    do {
      try checkArguments()
      let words = DomainOptions.completed(
        DebuggerOptions.completed(Array(CommandLine.arguments.dropFirst())))
      var command = try quicklyParsed(words) ?? parseAsRoot(words)
      try command.run()
    } catch let problem as Problem {
      problem.report()
      Glibc.exit(problem.status.rawValue)
    } catch {
      exit(withError: error)
    }
  }

  /// The command, where its first word names one without commands of its own and there is nothing to
  /// say about the other words; nil otherwise.
  ///
  /// The parser looks at every type on its way from the root to a command, which takes longer than
  /// all else that most commands do. What is wrong it explains on that way all the same.
  private static func quicklyParsed(_ words: [String]) -> (any ParsableCommand)? {
    let commands =
      configuration.subcommands + configuration.groupedSubcommands.flatMap(\.subcommands)
    return commands.first {
      $0.configuration.commandName == words.first && $0.configuration.subcommands.isEmpty
    }
    .flatMap { try? $0.parse(Array(words.dropFirst())) }
  }

  /// Swift would quietly put other characters for bytes that are not UTF-8, and name another file.
  private static func checkArguments() throws(Problem) {
    // Texts are explained whatever is in them.
    guard CommandLine.arguments.dropFirst().first != "explain" else { return }
    for index in 1..<max(1, Int(CommandLine.argc)) {
      // SAFETY: the C runtime ends each argument with a NUL.
      guard let argument = CommandLine.unsafeArgv[index], String(validatingCString: argument) == nil
      else { continue }
      throw Problem(
        "argument \(index), \"\(String(cString: argument))\", is not UTF-8; "
          + "rename the file, or make a link to it with another name", status: .usage)
    }
  }
}
