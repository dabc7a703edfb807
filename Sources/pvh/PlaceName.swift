// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// Where a domain can run, as the command line names it.
enum PlaceName: String, ExpressibleByArgument, CaseIterable {
  /// This machine if it is a control domain, the lab otherwise.
  case auto
  /// This machine, which is a control domain.
  case local
  /// Real Xen in QEMU, private to this command.
  case lab

  /// Starts an agent in this place.
  func connect(verbose: Bool) throws(Problem) -> AgentConnection {
    let program = try AgentProgram.beside()
    switch self {
    case .local: return try AgentConnection(local: program)
    case .auto where ControlDomain.isHere: return try AgentConnection(local: program)
    case .auto, .lab: return try AgentConnection(lab: program, verbose: verbose)
    }
  }
}
