// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser
import Glibc
import SystemPackage

/// `pvh lab exec`: a program in the control domain of a fresh private Xen host.
struct LabExecute: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec",
    abstract: "Runs a program in the control domain of a fresh lab.",
    discussion: "Example: pvh lab exec -- xl info")

  @Argument(parsing: .captureForPassthrough, help: "The program and its arguments.")
  var command: [String]

  func run() throws {
    let words = command.first == "--" ? Array(command.dropFirst()) : command
    guard !words.isEmpty else {
      throw ValidationError("name a program: pvh lab exec -- xl list")
    }
    let agent = try AgentConnection(lab: AgentProgram.beside(), verbose: false)
    defer { agent.close() }
    let output: CommandOutput
    do throws(AgentError) {
      output = try agent.client.execute(words)
    } catch {
      throw agent.problem(error)
    }
    try Terminal.write(output.standardOutput)
    Terminal.draw(String(decoding: output.standardError, as: UTF8.self))
    switch output.ending {
    case .exited(0): return
    case .exited(let status): Glibc.exit(Int32(status))
    case .signalled(let signal): throw Problem("\(words[0]) died of signal \(signal)")
    case .timedOut: throw Problem("\(words[0]) ran into the time limit", status: .timedOut)
    }
  }
}
