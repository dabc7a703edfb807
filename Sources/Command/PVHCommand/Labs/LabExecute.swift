// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import HostSystem
import Multiplexer
import RunningLabs

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
