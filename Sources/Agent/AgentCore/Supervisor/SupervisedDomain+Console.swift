// SPDX-License-Identifier: Apache-2.0
import AgentProtocol
import Supervision
import XenToolstack

extension SupervisedDomain {
  /// Milliseconds between looks whether somebody else reads the console.
  private static var loanInterval: Int { 200 }

  /// When to advance at the latest.
  var deadline: MonotonicTime? {
    [run?.deadline, nextStep, loan.isTaken ? loan.nextLook : nil].compactMap(\.self).min()
  }

  /// What to poll for.
  var interests: [DescriptorInterest] {
    run?.interests(outputRoom: loan.isTaken ? 0 : 1) ?? []
  }

  /// Nothing while somebody else reads the console of a running guest; at its end, what is left.
  func outputRoom(of run: DomainRun<LiveMachine>, now: MonotonicTime) -> Int {
    if now >= loan.nextLook, let number = record.domainID {
      loan.isTaken = XenconsoleLock(domainID: number).isTaken
      loan.nextLook = now.adding(milliseconds: Self.loanInterval)
    }
    return loan.isTaken && run.stopTime == nil ? 0 : 256 << 10
  }

  /// What is kept of what this life of the guest has printed.
  func history() -> [UInt8] {
    guard var reader = try? ConsoleLogReader(path: folder.file("console.log", of: name)) else {
      return []
    }
    reader.skip(to: record.logStart)
    return reader.next(limit: lifeByteCount)
  }
}
