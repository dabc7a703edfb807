// SPDX-License-Identifier: Apache-2.0

public import AgentProtocol
public import ArgumentParser
import DomainModel

/// Whether a guest is left to itself, and what becomes of it then.
struct DetachOptions: ParsableArguments {
  @Flag(
    name: .shortAndLong,
    help:
      "Return when the guest runs; a supervisor keeps its output, and takes its domain away in the end."
  )
  var detach = false

  @Option(help: "With --detach, when to start the guest again: no, on-crash or always.")
  var restart: RestartPolicy?

  func validate() throws {
    if restart != nil, !detach {
      throw ValidationError("--restart requires --detach")
    }
  }
}

extension RestartPolicy: ExpressibleByArgument {}
