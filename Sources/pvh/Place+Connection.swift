// SPDX-License-Identifier: Apache-2.0

import Places

extension Place {
  /// What an agent is wanted for.
  enum Purpose {
    /// A domain that ends with the command.
    case attended
    /// Domains that stay, or that are there already.
    case lasting
    /// A domain that will stay: where there is no place for it, one is made.
    case creating
  }

  /// Starts an agent in this place.
  ///
  /// - Throws: A `Problem` if it cannot be started, or the place has no control domain.
  func connect(for purpose: Purpose, verbose: Bool) throws(Problem) -> AgentConnection {
    switch self {
    case .qemu:
      throw Problem(
        "QEMU without Xen has no domains beside the one of pvh run; use --on lab", status: .usage)
    case .local: return try local()
    case .auto where ControlDomain.isHere: return try local()
    case .auto, .lab:
      guard purpose == .attended else {
        throw Problem("labs that stay up are not there yet; --on local and pvh run work")
      }
      return try AgentConnection(lab: try AgentProgram.beside(), verbose: verbose)
    case .namedLab, .ssh: throw Problem("--on \(self) is not there yet")
    }
  }

  private func local() throws(Problem) -> AgentConnection {
    try AgentConnection(local: try AgentProgram.beside())
  }
}
