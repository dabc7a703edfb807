// SPDX-License-Identifier: Apache-2.0
import AgentProtocol
import XenToolstack

/// The run of this moment: its domain, and where its time went so far.
struct ActiveRun {
  let hosted: LiveDomain
  var timings: RunTimings
  /// The moment of unpausing.
  var start: MonotonicTime
}
