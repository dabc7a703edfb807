// SPDX-License-Identifier: Apache-2.0

import AgentMultiplexer
import ArgumentParser
import Glibc
import HostSystem
import RunningLabs
import SystemPackage
import XenLab

/// `pvh lab exec`: a program in the control domain of a lab.
struct LabExecute: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec",
    abstract: "Runs a program in the control domain of a lab.",
    usage: "pvh lab exec [<name>] -- <program> [<argument> ...]",
    discussion: """
      Standard input, output and error are the program's, and so is the exit status; a program that \
      dies of a signal counts 128 and its number. \
      Without a name, the lab "default" is taken if it is up; if it is not, a fresh private lab, \
      which ends with the program.

      Examples:
        pvh lab exec -- xl info
        pvh lab exec other -- sh -c 'cat > /tmp/file' < file
      """)

  @Argument(parsing: .captureForPassthrough, help: "The program and its arguments.")
  var command: [String]

  func run() throws {
    let (name, words) = try parsed()
    guard !words.isEmpty else {
      throw ValidationError("name a program: pvh lab exec -- xl list")
    }
    let signals = try SignalDescriptor([SIGINT, SIGTERM, SIGHUP])
    let lab = try LabMultiplexer(name)
    defer { lab.close() }
    var program = LabProgram(words, on: lab.stream, hint: hint)
    let ending = try program.run(signals: signals)
    guard ending.status != 0 else { return }
    throw ExitCode(Int32(ending.status))
  }

  /// For those who named a lab, and forgot what makes it a name.
  private var hint: String {
    guard command.count > 1, !command.contains("--"), (try? LabName(command[0])) != nil else {
      return ""
    }
    return "; if \(command[0]) is to be a lab: pvh lab exec \(command[0]) -- \(command[1])"
  }

  /// A first word is the lab's name if `--` follows it.
  private func parsed() throws -> (LabName?, [String]) {
    if command.first == "--" { return (nil, Array(command.dropFirst())) }
    guard command.count > 1, command[1] == "--" else { return (nil, command) }
    return (try LabName(argument: command[0]), Array(command.dropFirst(2)))
  }
}

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

/// A stream of frames to the dom0 of a lab: one that is up, or one that ends with the command.
final class LabMultiplexer {
  /// Where the frames go.
  let stream: FileDescriptor
  private let privateLab: LabHost?

  /// Connects to the lab of this name, which must be up; without a name to the standard one if it is
  /// up, and to a fresh private one if it is not.
  init(_ name: LabName?) throws(Problem) {
    let lab = if let name { try RunningLab.named(name) } else { try RunningLab.find(.standard) }
    if let lab {
      stream = try Problem.explaining { () throws(RunningLabError) in
        try lab.connectToMultiplexer()
      }
      privateLab = nil
      return
    }
    let agent = try AgentProgram.beside()
    do throws(LabError) {
      let lab = try LabHost(
        restoring: Template.find(nil), agent: agent, arguments: ["switchboard"])
      stream = lab.channel
      privateLab = lab
    } catch {
      throw Problem(error)
    }
  }

  /// Ends the connection, and a private lab with it.
  func close() {
    if let privateLab { privateLab.stop() } else { try? stream.close() }
  }

  deinit { privateLab?.stop() }
}
