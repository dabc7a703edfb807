// SPDX-License-Identifier: Apache-2.0

/// Why a part of the run could not be done, whatever it would have shown.
enum SoakError: Error {
  /// A command on this machine failed.
  case commandFailed(String)
  /// A program in dom0 failed.
  case programFailed(String)
  /// A guest that should have worked did not.
  case guestFailed(String)
}
