// SPDX-License-Identifier: Apache-2.0

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

  /// The largest status that is a guest's own.
  static let largestOfGuest = 123
}
