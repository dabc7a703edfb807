// SPDX-License-Identifier: Apache-2.0

public import DomainModel
import Glibc
public import HostSystem

extension DomainRun {
  /// Microseconds between two looks; each costs the control domain about as much.
  private static var lookInterval: UInt32 { 100 }

  /// Looks at the guest itself, again and again, until it has shut down or the time is over.
  ///
  /// Blocks. What comes through xenconsoled and xenstored carries their delays; a measurement of
  /// the guest looks into its console page and asks Xen instead.
  public func observeClosely(milliseconds: Int) throws(ToolstackError) {
    let deadline = MonotonicTime.now.adding(milliseconds: milliseconds)
    while case .running = phase, MonotonicTime.now < deadline {
      if firstOutputTime == nil, machine.consoleIndices.produced != 0 { firstOutputTime = .now }
      try check(now: .now)
      usleep(Self.lookInterval)
    }
  }
}
