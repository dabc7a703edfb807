// SPDX-License-Identifier: Apache-2.0
public import XenToolstack

/// How a guest ended.
public enum DomainEnding: Equatable, Sendable {
  /// It is done, and left this status.
  case exited(ExitStatus)
  /// It gave up, or Xen gave up on it.
  case crashed
  /// It wants to be started again, which is for the caller to do, or not.
  case rebootRequested
  /// It shut down for a reason of its own.
  case shutDown(ShutdownReason)
  /// Its domain has been destroyed before it had ended.
  case destroyed
}

extension ControlDomain {
  /// How a domain's guest has ended; nil while it has not.
  func ending(of domain: Domain) throws(ToolstackError) -> DomainEnding? {
    switch try state(of: domain) {
    case .alive: nil
    case .dying, .gone: .destroyed
    case .shutDown(.powerOff): .exited(try exitStatus(of: domain))
    case .shutDown(.crash): .crashed
    case .shutDown(.reboot): .rebootRequested
    case .shutDown(let reason): .shutDown(reason)
    }
  }
}
