// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import HostSystem
import Multiplexer
import RunningLabs
import SystemPackage

/// `pvh lab shell`: a terminal in the control domain of a lab.
struct LabShellCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shell",
    abstract: "Opens a shell in the control domain of a lab.",
    discussion: """
      Without a name, the lab "default" is taken if it is up; if it is not, a fresh private lab, \
      which ends with the shell.
      """)

  @Argument(help: "The lab's name.", transform: { try LabName(argument: $0) })
  var name: LabName?

  func run() throws {
    guard isatty(STDIN_FILENO) == 1, let size = TerminalSize(of: .standardInput) else {
      throw Problem(
        "a shell needs a terminal, and standard input is none; for scripts there is "
          + "pvh lab exec\(name.map { " \($0)" } ?? "") -- sh", status: .usage)
    }
    let signals = try SignalDescriptor([SIGTERM, SIGHUP, SIGWINCH])
    let lab = try LabMultiplexer(name)
    defer { lab.close() }
    let prompt = "PS1=lab \(name ?? .standard):\\w# "
    let environment = ["TERM=\(ProcessEnvironment["TERM"] ?? "dumb")", prompt, "HOME=/root"]
    var program = LabProgram(["/bin/sh"], environment: environment, terminal: size, on: lab.stream)
    let ending = try RawTerminal.with { () throws(Problem) in
      try program.run(signals: signals)
    }
    guard ending.status != 0 else { return }
    throw ExitCode(Int32(ending.status))
  }
}
