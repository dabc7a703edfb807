// SPDX-License-Identifier: Apache-2.0
import AgentProtocol
import XenToolstack

extension ControlDomain {
  /// How a guest ended, in the protocol's words; ask before destroying its domain.
  func outcome(of domain: Domain, _ ending: RunEnding) throws(ToolstackError) -> Outcome {
    switch ending {
    case .timedOut: return .timedOut
    case .stopped: return .stopped
    case .destroyedFromOutside: return .destroyedFromOutside
    case .shutDown(.crash): return .crashed
    case .shutDown(.reboot): return .rebootRequested
    case .shutDown(.powerOff):
      switch try exitStatus(of: domain) {
      case .value(let status): return .exited(Int(status))
      case .malformed(let seen): return .malformedExitStatus(seen)
      }
    case .shutDown(let reason): return .otherShutdown(reason: Int(reason.rawValue))
    }
  }
}
