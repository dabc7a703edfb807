// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import Glibc
import HostSystem
import PVHImage
import XenDomainModel
import XenLab

/// Why a command ends without having done what it should: for standard error, with a status.
struct Problem: Error {
  let status: ExitStatus
  /// The fact, where it was seen, and what to change.
  let message: String
  /// Lines of others that belong to it, such as libxl's.
  var details: [String] = []
  /// Whether people want to be told.
  private var isWorthSaying = true

  init(_ message: String, status: ExitStatus = .failed, details: [String] = []) {
    self.status = status
    self.message = message
    self.details = details
  }

  /// Prints the problem for people.
  func report() {
    guard isWorthSaying else { return }
    for line in details { Terminal.complain("  | \(line)") }
    Terminal.complain("pvh: \(message)")
  }
}

extension Problem {
  /// Who read our output has seen enough (pvh list | head): no more is wrong than with a program that
  /// dies of SIGPIPE, but our domains and labs have to be taken away.
  static let nobodyReads = {
    var problem = Problem(
      "the reader of standard output is gone", status: .interrupted(bySignal: SIGPIPE))
    problem.isWorthSaying = false
    return problem
  }()

  init(_ error: LabError) {
    if case .interrupted(let signal) = error {
      self.init(error.description, status: .interrupted(bySignal: signal))
    } else {
      self.init(error.description)
    }
  }

  init(_ error: AgentError) {
    guard case .failed(let failure) = error else {
      self.init(error.description)
      return
    }
    self.init(failure)
  }

  init(_ failure: Failure) {
    let status: ExitStatus =
      switch failure.kind {
      case .toolstack(.imageRejected): .cannotBoot
      case .toolstack(.badConfiguration) where failure.subject == .parse: .usage
      case .timedOut: .timedOut
      default: .failed
      }
    self.init(failure.message, status: status, details: failure.log)
  }

  init(_ error: ImageError) {
    self.init(error.description, status: .cannotBoot)
  }

  init(interruptedBySignal signal: Int32) {
    self.init(
      "interrupted; the domain was destroyed", status: .interrupted(bySignal: signal))
  }

  /// Refuses an image with findings; if the user wants it all the same, says what is overridden.
  static func refuse(_ findings: [Finding], file: String, unless isForced: Bool) throws(Problem) {
    guard !findings.isEmpty else { return }
    guard isForced else { throw Problem(findings, file: file) }
    for finding in findings {
      Terminal.complain("pvh: going on (--force), though \(finding.description(file: file))")
    }
  }

  /// What keeps an image from booting: the first thing, and how many more there are.
  ///
  /// That a file is cut short goes first, as it may be the reason for all the rest.
  ///
  /// - Precondition: there is a finding.
  init(_ findings: [Finding], file: String) {
    let main = findings.first { $0.rule == .segmentPastEndOfFile } ?? findings[0]
    let others = findings.count - 1
    self.init(
      main.description(file: file) + (others > 0 ? " (And \(others) more.)" : ""),
      status: .cannotBoot)
  }
}

/// What pvh exits with when it is not the guest's own status.
struct ExitStatus: RawRepresentable, Equatable {
  var rawValue: Int32

  /// The time limit ended the guest.
  static let timedOut = ExitStatus(rawValue: 124)
  /// pvh, the lab or the toolstack failed.
  static let failed = ExitStatus(rawValue: 125)
  /// The image cannot boot.
  static let cannotBoot = ExitStatus(rawValue: 126)
  /// The guest wants to be started again. systemd-nspawn has this status for the same.
  static let rebootWanted = ExitStatus(rawValue: 133)
  /// The guest crashed.
  static let crashed = ExitStatus(rawValue: 134)
  /// The command line is wrong. C name: `EX_USAGE`.
  static let usage = ExitStatus(rawValue: 64)

  /// A signal ended the command, as shells count it.
  static func interrupted(bySignal signal: Int32) -> ExitStatus {
    ExitStatus(rawValue: 128 + signal)
  }

  /// Whether it stands for a signal that ended the command, or for a reader that is gone.
  var isInterruption: Bool {
    [SIGHUP, SIGINT, SIGPIPE, SIGTERM].contains { rawValue == 128 + $0 }
  }

  /// The largest status that is a guest's own.
  static let largestOfGuest = 123
}
