// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import Glibc
import XenToolstack

/// pvh-agent: runs in the control domain and does there what pvh asks for, on its standard streams.
///
/// It is built once per version of Xen, since libxenlight's structures differ between them. Returns the
/// exit status of the process.
package func runAgent(_ arguments: [String]) -> Int32 {
  switch (arguments.first, arguments.count) {
  case (nil, _): return serve()
  case ("--version", 1): return showVersion()
  case ("check", 1): return checkLibraries()
  case ("supervise", 1): return supervise()
  case ("switchboard", 1): return connectPrograms()
  case ("reap", 2): return reap(arguments[1])
  case ("start-info", 2): return startInfo(arguments[1])
  case ("rehearse", 3): return rehearse(arguments[1], memoryKiB: Int(arguments[2]) ?? 0)
  case ("rehearse", 4):
    return rehearseDeath(
      arguments[1], memoryKiB: Int(arguments[2]) ?? 0, at: Int(arguments[3]) ?? 0)
  default:
    complain("started by pvh, with its conversation on the standard streams; it takes no arguments")
    return 64
  }
}

/// Says what `pvh --version` says, and for which Xen this agent is.
private func showVersion() -> Int32 {
  let line = Array(
    ("pvh-agent \(ProductVersion.current) (agent protocol \(ProtocolVersion.current.rawValue), "
      + "Xen \(InterfaceCheck.builtFor))\n").utf8)
  let count = line.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
  return count == line.count ? 0 : 1
}
