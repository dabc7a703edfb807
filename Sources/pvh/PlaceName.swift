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
  /// QEMU without Xen: a check that the image boots at all.
  case qemu

  /// Starts an agent in this place.
  ///
  /// - Throws: A `Problem` if it cannot be started, or the place has no control domain.
  func connect(verbose: Bool) throws(Problem) -> AgentConnection {
    switch self {
    case .qemu:
      throw Problem("QEMU without Xen has no control domain; use --on lab", status: .usage)
    case .local: return try local()
    case .auto where ControlDomain.isHere: return try local()
    case .auto, .lab:
      return try AgentConnection(lab: try AgentProgram.beside(), verbose: verbose)
    }
  }

  private func local() throws(Problem) -> AgentConnection {
    try AgentConnection(local: try AgentProgram.beside())
  }
}
