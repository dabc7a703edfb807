// SPDX-License-Identifier: Apache-2.0
import AgentProtocol
import XenToolstack

/// What is left to say of a run once its domain may go.
struct RunSummary {
  var producedByteCount: Int?
  var deliveredByteCount: Int
  var firstByteTime: MonotonicTime?
  var firstOutputTime: MonotonicTime?
  var stopTime: MonotonicTime?

  init(_ run: DomainRun<LiveMachine>) {
    producedByteCount = run.producedByteCount.map { Int(clamping: $0) }
    deliveredByteCount = Int(clamping: run.receivedByteCount)
    firstByteTime = run.firstByteTime
    firstOutputTime = run.firstOutputTime
    stopTime = run.stopTime
  }

  func result(_ outcome: Outcome) -> RunResult {
    RunResult(
      outcome: outcome, producedByteCount: producedByteCount,
      deliveredByteCount: deliveredByteCount)
  }
}
