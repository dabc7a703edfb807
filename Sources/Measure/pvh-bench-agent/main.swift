// SPDX-License-Identifier: Apache-2.0

import AgentCore
import Glibc
import HostSystem
import XenDomainModel
import XenToolstack

// pvh-agent, but with precise timings. What comes through xenconsoled and xenstored carries their delays, so
// this looks into a guest's console page and asks Xen, again and again, instead of waiting for news.

/// Milliseconds that a guest is observed.
private let limit = 250
/// Microseconds between two looks; each costs the control domain about as much.
private let interval: UInt32 = 100

/// Looks at a guest until it has shut down or the time is over.
private func observe(_ run: DomainRun<LiveMachine>) throws(ToolstackError) -> MonotonicTime? {
  let deadline = MonotonicTime.now.adding(milliseconds: limit)
  var firstOutput: MonotonicTime?
  while run.isRunning, MonotonicTime.now < deadline {
    if firstOutput == nil, run.machine.consoleIndices.produced != 0 { firstOutput = .now }
    try run.check(now: .now)
    usleep(interval)
  }
  return firstOutput
}

exit(runAgent(Array(CommandLine.arguments.dropFirst()), observe: observe))
